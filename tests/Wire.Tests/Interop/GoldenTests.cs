using System.Collections.Frozen;
using Monitoring.Wire.Records;
using Monitoring.Wire.Sparkplug;

namespace Monitoring.Tests.Interop;

/// <summary>
/// Bytes as they were written once, by us and by others. A file of a released version never
/// changes: gateways and record logs in the field hold such bytes for years.
/// </summary>
public sealed class GoldenTests
{
    private const long NowMs = 1_700_000_000_123;

    private static readonly JournalRecord.Image Image = new(
        "analyser", NowMs, new Boot(new Guid("00112233445566778899aabbccddeeff"), 60_000),
        ClockState.Unsynced,
        [
            new Reading("nox", PointValue.Real(48.25), Quality.Good, Reason.None, NowMs - 1),
            new Reading("count", PointValue.Integer(-7), Quality.Uncertain, Reason.WarmUp, NowMs),
            new Reading("door", PointValue.Flag(true), Quality.Good, Reason.None, NowMs + 1),
            new Reading("mode", PointValue.Of("ü"), Quality.Good, Reason.None, NowMs),
            new Reading("co", null, Quality.Bad, Reason.Timeout, NowMs),
        ]);

    private static readonly JournalRecord.Gap Gap = new(3, 8, Reason.JournalFull, NowMs);

    private static readonly JournalRecord.Correction Correction = new(
        new Guid("00112233445566778899aabbccddeeff"), 3, 8, -86_400_000, NowMs);

    private static readonly JournalState Journal =
        new("0123456789abcdef0123456789abcdef", 5, 9, 4, 4096);

    private static readonly Dictionary<string, Func<byte[]>> Written = new()
    {
        ["record-1-image"] = () => RecordFormat.Encode(Image),
        ["record-1-gap"] = () => RecordFormat.Encode(Gap),
        ["record-1-correction"] = () => RecordFormat.Encode(Correction),
        ["ndata-correction-2"] =
            () => EdgeMessages.Record(18, Correction, true, 1, NowMs, Journal.Epoch),
        ["nbirth-3"] = () => EdgeMessages.NodeBirth(7, Journal, NowMs),
        ["nbirth-3-answer"] = () => EdgeMessages.NodeBirth(7, Journal, NowMs, NowMs - 9),
        ["ndeath"] = () => EdgeMessages.NodeDeath(7, NowMs),
        ["ddata-historical-2"] =
            () => EdgeMessages.Record(17, Image, true, 0, NowMs, Journal.Epoch),
        ["ddata-live-2"] = () => EdgeMessages.Record(17, Image, false, 255, NowMs, Journal.Epoch),
        ["ndata-gap-2"] = () => EdgeMessages.Record(18, Gap, true, 1, NowMs, Journal.Epoch),
        ["ncmd-rebirth"] = () => HostMessages.Rebirth(NowMs),
        ["ncmd-commit"] = () => HostMessages.Commit(Journal.Epoch, 17, NowMs),
        ["ncmd-rewind"] = () => HostMessages.Rewind(Journal.Epoch, 17, NowMs),
    };

    public static TheoryData<string> Names => [.. Written.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void We_still_write(string name)
    {
        var written = Convert.ToHexStringLower(Written[name]());
        Assert.True(Golden(name) == written, $"golden/{name}.hex differs from:\n{written}");
    }

    [Fact]
    public void Records_are_read_for_ever()
    {
        var image = RecordFormat.Decode(Bytes("record-1-image"), out _);
        var gap = RecordFormat.Decode(Bytes("record-1-gap"), out _);
        var correction = RecordFormat.Decode(Bytes("record-1-correction"), out _);
        Assert.Equal((Image, Gap, Correction), (image, gap, correction));
    }

    [Theory]
    [InlineData("nbirth")]
    [InlineData("nbirth-2")]
    [InlineData("nbirth-3")]
    [InlineData("nbirth-3-answer")]
    public void Births_of_every_version_are_read(string name) => Assert.Equal(
        Journal, ReceivedMessages.JournalOf(PayloadDecoder.Decode(Bytes(name), out _)!));

    [Theory]
    [InlineData("ddata-historical", "analyser")]
    [InlineData("ddata-live", "analyser")]
    [InlineData("ndata-gap", null)]
    [InlineData("ndata-correction", null)]
    public void Records_are_read_with_and_without_their_epoch(string name, string? device)
    {
        var declared = new Declaration(new Dictionary<string, DataType>
        {
            ["nox"] = DataType.Double,
            ["count"] = DataType.Int64,
            ["door"] = DataType.Boolean,
            ["mode"] = DataType.String,
        }.ToFrozenDictionary());
        var first = PayloadDecoder.Decode(Bytes(name), out _)!;
        var second = PayloadDecoder.Decode(Bytes(name + "-2"), out _)!;
        var record = ReceivedMessages.RecordOf(first, device, declared, out _);
        Assert.NotNull(record);
        Assert.Equal(record, ReceivedMessages.RecordOf(second, device, declared, out _));
        Assert.Null(ReceivedMessages.EpochTagOf(first));
        Assert.Equal(0x0123456789abcdef, ReceivedMessages.EpochTagOf(second));
    }

    [Fact]
    public void A_foreign_birth_is_read_as_it_was_written()
    {
        // By npm sparkplug-payload 1.0.3.
        var payload = PayloadDecoder.Decode(Bytes("foreign-nbirth"), out _)!;
        Assert.Equal(0UL, payload.Seq);
        var values = payload.Metrics.Select(metric => metric.Value.As(metric.Type!.Value));
        Assert.Equal([PointValue.Integer(-5), PointValue.Real(0.5), null], values);
        Assert.Equal("timeout", payload.Metrics[2].Find(MetricNames.Reason)!.Value.Value.Text);
    }

    private static byte[] Bytes(string name) => Convert.FromHexString(Golden(name));

    private static string Golden(string name) => File.ReadAllText(
        Path.Combine(AppContext.BaseDirectory, "golden", name + ".hex")).Trim();
}
