using System.Text.Json;
using Monitoring.Wire.Records;
using Monitoring.Wire.Sparkplug;

namespace Monitoring.Tests.Interop;

/// <summary>What a gateway publishes is what a foreign Sparkplug host reads.</summary>
public sealed class OursReadByOthersTests
{
    private const long NowMs = 1_700_000_000_123;

    private static readonly JournalRecord.Image Image = new(
        "analyser",
        NowMs - 50,
        new Boot(new Guid("00112233445566778899aabbccddeeff"), 4_000_000_000),
        ClockState.Synced,
        [
            new Reading("nox", PointValue.Real(48.25), Quality.Good, Reason.None, NowMs - 40),
            new Reading("drift", PointValue.Integer(-7), Quality.Uncertain,
                Reason.WarmUp, NowMs - 30),
            new Reading("seen", PointValue.Integer(9_007_199_254_740_993), Quality.Good,
                Reason.None, NowMs - 20),
            new Reading("door", PointValue.Flag(true), Quality.Good, Reason.None, NowMs - 10),
            new Reading("mode", PointValue.Of("Betrieb ü"), Quality.Good, Reason.None, NowMs - 9),
            new Reading("co", null, Quality.Bad, Reason.Timeout, NowMs - 8),
        ]);

    [Fact]
    public async Task A_birth()
    {
        var journal = new JournalState("0123456789abcdef0123456789abcdef", 5, 9, 4, 4096);
        var birth = await ForeignCodec.Decode(EdgeMessages.NodeBirth(7, journal, NowMs));
        Assert.Equal("0", Text(birth, "seq"));
        Assert.Equal($"{NowMs}", Text(birth, "timestamp"));
        Assert.Equal(("Int64", "7"), TypeAndValue(birth, "bdSeq"));
        Assert.Equal(("Boolean", "False"), TypeAndValue(birth, "Node Control/Rebirth"));
        Assert.Equal(("String", journal.Epoch), TypeAndValue(birth, "Buffer/Epoch"));
        Assert.Equal(("Int64", "5"), TypeAndValue(birth, "Buffer/First"));
        Assert.Equal(("Int64", "4"), TypeAndValue(birth, "Commit/Offset"));
        Assert.Equal("True", Text(Metric(birth, "Buffer/Epoch"), "isTransient"));
        var declared = Metric(birth, "Buffer/Offset");
        Assert.Equal(JsonValueKind.Null, declared.GetProperty("value").ValueKind);
    }

    [Fact]
    public async Task A_death_has_no_seq()
    {
        var death = await ForeignCodec.Decode(EdgeMessages.NodeDeath(255, NowMs));
        Assert.False(death.TryGetProperty("seq", out _));
        Assert.Equal(("Int64", "255"), TypeAndValue(death, "bdSeq"));
    }

    [Fact]
    public async Task A_device_birth_declares_types()
    {
        var birth = await ForeignCodec.Decode(EdgeMessages.DeviceBirth(
            [
                new DeclaredPoint("nox", ValueKind.Real, "mg/m3"),
                new DeclaredPoint("door", ValueKind.Flag),
            ],
            seq: 1, NowMs));
        Assert.Equal(
            "mg/m3",
            Metric(birth, "nox").GetProperty("properties").GetProperty("engUnit")
                .GetProperty("value").ToString());
        Assert.False(Metric(birth, "door").TryGetProperty("properties", out _));
        Assert.Equal("Double", Text(Metric(birth, "nox"), "type"));
        Assert.Equal("Boolean", Text(Metric(birth, "door"), "type"));
        Assert.Equal(JsonValueKind.Null, Metric(birth, "nox").GetProperty("value").ValueKind);
    }

    [Fact]
    public async Task A_historical_record_has_every_type_and_absence()
    {
        var data = await ForeignCodec.Decode(
            EdgeMessages.Record(17, Image, historical: true, seq: 255, NowMs));
        Assert.Equal("255", Text(data, "seq"));
        Assert.Equal(("Double", "48.25"), TypeAndValue(data, "nox"));
        Assert.Equal(("Int64", "-7"), TypeAndValue(data, "drift"));
        Assert.Equal(("Int64", "9007199254740993"), TypeAndValue(data, "seen"));
        Assert.Equal(("Boolean", "True"), TypeAndValue(data, "door"));
        Assert.Equal(("String", "Betrieb ü"), TypeAndValue(data, "mode"));
        Assert.Equal(JsonValueKind.Null, Metric(data, "co").GetProperty("value").ValueKind);
        Assert.Equal($"{NowMs - 40}", Text(Metric(data, "nox"), "timestamp"));
        Assert.All(data.GetProperty("metrics").EnumerateArray(),
            metric => Assert.Equal("True", Text(metric, "isHistorical")));
    }

    [Fact]
    public async Task Quality_and_reason_are_properties()
    {
        var data = await ForeignCodec.Decode(
            EdgeMessages.Record(
                17, Image, historical: false, seq: 1, NowMs, new string('f', 32)));
        Assert.Equal(
            "-1",
            Metric(data, "Buffer/Offset").GetProperty("properties").GetProperty("Epoch")
                .GetProperty("value").ToString());
        Assert.Equal(("64", "warm-up"), QualityAndReason(Metric(data, "drift")));
        Assert.Equal(("0", "timeout"), QualityAndReason(Metric(data, "co")));
        Assert.False(Metric(data, "nox").TryGetProperty("properties", out _));
        Assert.False(Metric(data, "nox").TryGetProperty("isHistorical", out _));
        Assert.Equal("True", Text(Metric(data, "Buffer/Offset"), "isTransient"));
    }

    [Fact]
    public async Task A_gap()
    {
        var gap = new JournalRecord.Gap(3, 8, Reason.JournalFull, NowMs);
        var data = await ForeignCodec.Decode(
            EdgeMessages.Record(9, gap, historical: true, seq: 2, NowMs));
        var names = data.GetProperty("metrics").EnumerateArray().Select(one => Text(one, "name"));
        Assert.Equal(["Buffer/Offset", "Gap/First", "Gap/Last", "Gap/Reason"], names);
    }

    [Fact]
    public async Task A_commit()
    {
        var command = await ForeignCodec.Decode(HostMessages.Commit("abc", long.MaxValue, NowMs));
        Assert.Equal(("String", "abc"), TypeAndValue(command, "Commit/Epoch"));
        Assert.Equal(("Int64", $"{long.MaxValue}"), TypeAndValue(command, "Commit/Offset"));
    }

    private static JsonElement Metric(JsonElement payload, string name) =>
        payload.GetProperty("metrics").EnumerateArray().Single(one => Text(one, "name") == name);

    private static (string Type, string Value) TypeAndValue(JsonElement payload, string name)
    {
        var metric = Metric(payload, name);
        return (Text(metric, "type"), Text(metric, "value"));
    }

    private static (string Quality, string Reason) QualityAndReason(JsonElement metric)
    {
        var properties = metric.GetProperty("properties");
        return (Text(properties.GetProperty("Quality"), "value"),
            Text(properties.GetProperty("Reason"), "value"));
    }

    private static string Text(JsonElement element, string property) =>
        element.GetProperty(property).ToString();
}
