using System.Collections.Immutable;
using Monitoring.Core;
using Monitoring.Core.Averaging;
using Monitoring.Core.Mass;
using Monitoring.Wire.Documents;
using Monitoring.Wire.Records;

namespace Monitoring.Tests.Core;

/// <summary>
/// A stack with one device that is read once a minute, in Kyiv, and what a test changes of it.
/// </summary>
internal static class Stack
{
    public const long StartMs = 1_764_021_600_000; // 2025-11-25T00:00:00+02:00
    public const long MinuteMs = 60_000;

    public static readonly TimeZoneInfo Kyiv = TimeZoneInfo.FindSystemTimeZoneById("Europe/Kyiv");

    private static readonly string[] Conditions = ["o2", "h2o", "flow", "t", "p"];

    public static Profile EnIedVi { get; } = Read("en-ied-vi");

    public static Profile EnIedV { get; } = Read("en-ied-v");

    /// <summary>NOx in mg/m3, dry, at the reference state; as the tests change it.</summary>
    public static SourceBinding Source(
        Profile profile, Func<QuantityBinding, QuantityBinding>? change = null,
        bool hasOperating = false, string pollutant = "nox") => new()
    {
        Id = "stack-a",
        Title = "Stack",
        Plant = "plant-a",
        Gateway = "gateway-1",
        Member = "member-a",
        Zone = "river",
        Profile = profile.Id,
        Cycle = TimeSpan.FromMinutes(1),
        From = DateTimeOffset.UnixEpoch,
        TimeZone = Kyiv,
        Quantities =
        [
            .. new[] { pollutant }.Concat(Conditions)
                .Concat(hasOperating ? (string[])["operating"] : [])
                .Select(name => new QuantityBinding(
                    name, "analyser", name, QuantityUnits.UnitOf(name)))
                .Select(binding => change?.Invoke(binding) ?? binding),
        ],
    };

    /// <summary>
    /// One minute: 1000 m3/h at 273.15 Cel and 202.6 kPa, so at the reference state too; O2 11 %.
    /// </summary>
    public static SourceImage Minute(
        long minute, double nox = 100, double o2 = 11, double h2o = 0, double? operating = null,
        Reason reason = Reason.None, string pollutant = "nox")
    {
        var timeMs = StartMs + (minute * MinuteMs);
        var quality = reason == Reason.None ? Quality.Good : Quality.Bad;
        Reading Of(string point, double value, bool isJudged = false) => new(
            point, PointValue.Real(value), isJudged ? quality : Quality.Good,
            isJudged ? reason : Reason.None, timeMs);
        ImmutableArray<Reading> readings =
        [
            Of(pollutant, nox, true), Of("o2", o2), Of("h2o", h2o), Of("flow", 1_000),
            Of("t", 273.15), Of("p", 202.6),
            .. operating is { } state ? (Reading[])[Of("operating", state)] : [],
        ];
        return new SourceImage(
            new RecordId("plant-a", "gateway-1", "e1", minute),
            new JournalRecord.Image(
                "analyser", timeMs, new Boot(Guid.Empty, timeMs), ClockState.Synced, readings));
    }

    public static WindowResult Window(
        SourceBinding source, Profile profile, IEnumerable<SourceImage> minutes,
        long startMs = StartMs) => WindowCalculation.Compute(
        source, profile, new Window(startMs, startMs + profile.WindowMs),
        new Dictionary<string, ImmutableArray<SourceImage>> { ["analyser"] = [.. minutes] },
        1, DateTimeOffset.UnixEpoch);

    public static IEnumerable<SourceImage> Minutes(int from, int until, double nox = 100) =>
        Enumerable.Range(from, until - from).Select(minute => Minute(minute, nox));

    public static Profile Read(string id)
    {
        var faults = new Faults();
        var profile = ProfileReader.Read($"{id}.yaml", Shipped.Text($"profiles/{id}.yaml"), faults);
        Assert.Equal("", string.Join('\n', faults.All));
        return profile!;
    }
}
