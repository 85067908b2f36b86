using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using Monitoring.Wire.Documents;

namespace Monitoring.Tests.Wire;

public sealed class CanonicalJsonTests
{
    // Appendix B of RFC 8785: the bits of a double, and how it is written.
    [Theory]
    [InlineData(0x0000000000000000, "0")]
    [InlineData(0x8000000000000000, "0")]
    [InlineData(0x0000000000000001, "5e-324")]
    [InlineData(0x8000000000000001, "-5e-324")]
    [InlineData(0x7fefffffffffffff, "1.7976931348623157e+308")]
    [InlineData(0x4340000000000000, "9007199254740992")]
    [InlineData(0xc340000000000000, "-9007199254740992")]
    [InlineData(0x4430000000000000, "295147905179352830000")]
    [InlineData(0x44b52d02c7e14af5, "9.999999999999997e+22")]
    [InlineData(0x44b52d02c7e14af6, "1e+23")]
    [InlineData(0x44b52d02c7e14af7, "1.0000000000000001e+23")]
    [InlineData(0x444b1ae4d6e2ef4e, "999999999999999700000")]
    [InlineData(0x444b1ae4d6e2ef4f, "999999999999999900000")]
    [InlineData(0x444b1ae4d6e2ef50, "1e+21")]
    [InlineData(0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7")]
    [InlineData(0x3eb0c6f7a0b5ed8d, "0.000001")]
    [InlineData(0x41b3de4355555553, "333333333.3333332")]
    [InlineData(0x41b3de4355555555, "333333333.3333333")]
    [InlineData(0xbecbf647612f3696, "-0.0000033333333333333333")]
    [InlineData(0x43143ff3c1cb0959, "1424953923781206.2")]
    public void Numbers_are_written_as_the_standard_lists_them(ulong bits, string text) =>
        Assert.Equal(text, CanonicalJson.Number(BitConverter.UInt64BitsToDouble(bits)));

    [Fact]
    public void Every_number_reads_back() => Gen.Double.Where(double.IsFinite).Sample(value =>
        double.Parse(CanonicalJson.Number(value), CultureInfo.InvariantCulture) == value);

    [Theory]
    [InlineData("b: 1\na: 2", """{"a":2,"b":1}""")]
    [InlineData("a: 50.00  # a price", """{"a":50}""")]
    [InlineData("a: '50'\nb: !!str 5", """{"a":"50","b":"5"}""")]
    [InlineData("a: [true, no, ~, .5]", """{"a":[true,"no",null,0.5]}""")]
    [InlineData("a: 12345678901234567890", """{"a":"12345678901234567890"}""")]
    [InlineData("a: 2026-01-01T00:00:00Z", """{"a":"2026-01-01T00:00:00Z"}""")]
    [InlineData("a: \"\\u20ac$\\u000F\\nA'B\\\"\\\\\"", """{"a":"€$\u000f\nA'B\"\\"}""")]
    [InlineData("\"\\u20ac\": 1\n\"1\": 2\n\"\\u00f6\": 3", """{"1":2,"ö":3,"€":1}""")]
    public void A_document_has_one_form(string yaml, string json)
    {
        var faults = new Faults();
        var node = DocumentNode.Parse("x.yaml", yaml, faults);

        Assert.Empty(faults.All);
        Assert.Equal(json, Encoding.UTF8.GetString(node.Canonical()));
    }

    [Fact]
    public void The_example_of_the_standard_comes_out_byte_for_byte()
    {
        const string Given = """
            {
              "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
              "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
              "literals": [null, true, false]
            }
            """;
        const string Expected =
            """{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27]"""
            + ""","string":"€$\u000f\nA'B\"\\\\\"/"}""";

        Assert.Equal(Expected, Text(JsonNode.Parse(Given)));
    }

    [Fact]
    public void Names_are_in_the_order_of_their_utf_16_code_units()
    {
        const string Given = """
            {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\ud83d\ude00": 5, "\u0080": 6,
             "\u00f6": 7}
            """;
        var names = JsonNode.Parse(Text(JsonNode.Parse(Given)))!.AsObject()
            .Select(one => (int)one.Value!);

        Assert.Equal([2, 4, 6, 7, 1, 5, 3], names);
    }

    [Fact]
    public void Canonical_text_stays_as_it_is()
    {
        var texts = Gen.String.Where(text => text.All(unit => !char.IsSurrogate(unit)));
        Gen.Select(texts, Gen.Long, texts).Sample((name, number, text) =>
        {
            var once = Text(new JsonObject
            {
                [name] = CanonicalJson.Integer(number), ["x" + name] = new JsonArray(text, null),
            });
            return Text(JsonNode.Parse(once)) == once;
        });
    }

    [Theory]
    [InlineData("9007199254740993")]
    [InlineData("1e400")]
    [InlineData("\"\\ud800\"")]
    public void What_the_form_cannot_hold_is_refused(string json) =>
        Assert.ThrowsAny<Exception>(() => CanonicalJson.Of(JsonNode.Parse(json)));

    [Fact]
    public void A_fault_knows_its_column()
    {
        var faults = new Faults();
        DocumentNode.Parse("x.yaml", "a: {b: 1,   c: 2}", faults).Child("a").RefuseUnknownKeys();

        Assert.Equal([5, 13], faults.All.Select(fault => fault.Column));
        Assert.StartsWith("x.yaml:1:13: 'c'", faults.All[1].WithColumn(), StringComparison.Ordinal);
    }

    private static string Text(JsonNode? node) =>
        Encoding.UTF8.GetString(CanonicalJson.Of(node));
}
