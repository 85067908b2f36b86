using Monitoring.Agent.Devices;
using Monitoring.Wire.Documents;
using NJsonSchema;

namespace Monitoring.Tests.Devices;

/// <summary>
/// What an editor marks as wrong is what the agent refuses, and the other way round.
/// </summary>
public sealed class MapSchemaTests
{
    private const string Good =
        """
        id: demo
        title: Demo
        source: made for a test
        label: documented, not field tested
        protocol: modbus
        function: holding
        address_base: 1
        sequence: s
        limits:
          registers_max: 100
          bits_max: 2000
          holes: false
          merge: true
          gap: 5 ms
          forbidden:
            - {function: coil, first: 10, last: 20}
        points:
          - {id: a, quantity: a, unit: mg/m3, address: 0x0010, type: f32, order: CDAB, scale: 0.5}
          - {id: s, quantity: s, unit: "1", address: 20, type: u32, sentinels: 0xFFFFFFFF}
          - {id: b, quantity: b, unit: "1", address: 22, type: bit, bit: 3}
          - {id: t, quantity: t, unit: "1", function: input, address: 1, type: text, registers: 8}
        status:
          - {point: s, mask: 0xFF, equals: 3, quality: bad, reason: zero-span-check, applies_to: a}
          - {point: b, quality: uncertain, reason: not-ready}
        vectors:
          - title: a value
            origin: computed
            holding: [{address: 16, words: 0000 3F80}, {address: 22, words: 0008}]
            expect:
              - {point: a, value: 0.5, quality: uncertain, reason: not-ready}
        variants:
          - id: other
            without: t
            points:
              - {id: a, address: 30}
        """;

    [Theory]
    [InlineData("id: demo", "id: demo", true)]
    [InlineData("order: CDAB", "order: DCBA", false)]
    [InlineData("id: demo", "id: Demo", false)]
    [InlineData("title: Demo", "titel: Demo", false)]
    [InlineData("label: documented, not field tested", "label: quite good", false)]
    [InlineData("label: documented, not field tested", "label: field tested", true)]
    [InlineData("function: holding", "function: holdings", false)]
    [InlineData("function: holding", "", false)]
    [InlineData("address_base: 1", "address_base: 2", false)]
    [InlineData("registers_max: 100", "registers_max: 126", false)]
    [InlineData("bits_max: 2000", "bits_max: 0", false)]
    [InlineData("holes: false", "holes: perhaps", false)]
    [InlineData("gap: 5 ms", "gap: 5", false)]
    [InlineData("gap: 5 ms", "gap: 1 min", true)]
    [InlineData("first: 10, ", "", false)]
    [InlineData("address: 0x0010", "address: -1", false)]
    [InlineData("address: 0x0010", "address: 65537", false)]
    [InlineData("quantity: a, ", "", false)]
    [InlineData("type: f32", "type: float", false)]
    [InlineData("bit: 3", "bit: 16", false)]
    [InlineData("registers: 8", "registers: 33", false)]
    [InlineData("registers: 8", "registers: 32", true)]
    [InlineData("scale: 0.5", "scale: half", false)]
    [InlineData("quality: bad", "quality: good", false)]
    [InlineData("reason: zero-span-check", "reason: timeout", false)]
    [InlineData("applies_to: a", "applies_to: A", false)]
    [InlineData("origin: computed", "origin: guessed", false)]
    [InlineData("words: 0008", "word: 0008", false)]
    [InlineData("- {point: a, value", "- {value", false)]
    [InlineData("id: other", "name: other", false)]
    [InlineData("without: t", "without: [t]", false)]
    public async Task Reader_and_schema_agree(string part, string instead, bool isGood)
    {
        Assert.Contains(part, Good, StringComparison.Ordinal);
        var at = Good.IndexOf(part, StringComparison.Ordinal);
        var yaml = Good[..at] + instead + Good[(at + part.Length)..];
        var faults = new Faults();
        DeviceMapReader.Read("demo.yaml", yaml, faults);
        var schema = await JsonSchema.FromFileAsync(
            Path.Combine(TestFiles.Config, "schemas", "device-map.schema.json"));
        var errors = schema.Validate(TestFiles.Json(yaml));
        Assert.Equal(isGood, !faults.Any);
        Assert.True(
            isGood == (errors.Count == 0) || IsForTheReaderAlone(part, instead),
            string.Join("; ", errors));
    }

    // What only the registers tell: a vector that no longer holds; a function that points lack.
    private static bool IsForTheReaderAlone(string part, string instead) =>
        part == "order: CDAB" || (part == "function: holding" && instead.Length == 0);
}
