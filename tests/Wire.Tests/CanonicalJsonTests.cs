using System.Globalization;
using System.Text;
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
    public void A_fault_knows_its_column()
    {
        var faults = new Faults();
        DocumentNode.Parse("x.yaml", "a: {b: 1,   c: 2}", faults).Child("a").RefuseUnknownKeys();

        Assert.Equal([5, 13], faults.All.Select(fault => fault.Column));
        Assert.StartsWith("x.yaml:1:13: 'c'", faults.All[1].WithColumn(), StringComparison.Ordinal);
    }
}
