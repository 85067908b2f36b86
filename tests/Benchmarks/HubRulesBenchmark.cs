using System.Collections.Immutable;
using Monitoring.Core;
using Monitoring.Core.Averaging;
using Monitoring.Core.Compliance;
using Monitoring.Core.Mass;
using Monitoring.Wire.Documents;
using Monitoring.Wire.Records;

namespace Monitoring.Benchmarks;

/// <summary>
/// A year of readings once a minute of 200 channels, twenty stacks of ten, through the rules of
/// <c>en-ied-vi</c> on one core: minutes, half-hours, ten minutes of CO, every step up to the
/// confidence interval, masses, days, months, years, and the limits of Annex VI. Beside it, as the
/// least that can be asked, the means of the same readings alone. Stack by stack and window by
/// window, so what is in memory does not grow with the year.
/// </summary>
internal static class HubRulesBenchmark
{
    private const int Stacks = 20;
    private const int MinutesPerWindow = 30;
    private const long MinuteMs = 60_000;
    private const string Device = "analyser";

    private static readonly string[] Pollutants = ["nox", "so2", "co", "hcl", "dust", "toc"];
    private static readonly string[] Channels = [.. Pollutants, "o2", "flow", "t", "p"];
    private static readonly double[] Levels = [120, 20, 8, 3, 2, 2, 9, 90_000, 140, 99];
    private static readonly TimeZoneInfo Zone =
        TimeZoneInfo.FindSystemTimeZoneById("Europe/Kyiv");

    public static IEnumerable<Figure> Run()
    {
        var profile = ReadProfile();
        var source = SourceOf(profile);
        var year = profile.Levels.Single(level => level.Span == LevelSpan.Year)
            .Containing(1_782_000_000_000, Zone, profile.WindowMs);
        var (memory, windows, judged) = (0L, 0L, 0);
        var start = TimeProvider.System.GetTimestamp();
        for (var stack = 0; stack < Stacks; stack++)
        {
            var run = new StackYear(source, profile, year, stack);
            for (var startMs = year.StartMs; startMs < year.EndMs; startMs += profile.WindowMs)
            {
                run.Add(startMs);
                if (windows++ % 1_000 == 0)
                {
                    memory = Math.Max(memory, Environment.WorkingSet);
                }
            }

            judged += run.Judge();
        }

        var ours = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        if (judged != Stacks * profile.Limits.Where(limit => Pollutants.Contains(limit.Pollutant))
            .Sum(limit => limit.Tests.Length))
        {
            throw new InvalidOperationException("A limit was not judged.");
        }

        var bare = Bare(year);
        var readings = (double)Stacks * Channels.Length * (year.LengthMs / MinuteMs);
        return
        [
            new Figure("hub.rules", ours, "s"),
            new Figure("hub.rules.reading", ours / readings * 1e9, "ns"),
            new Figure("hub.rules.peer", bare, "s"),
            new Figure("hub.rules.ratio", ours / bare, "x"),
            new Figure("hub.rules.memory", memory / 1e6, "MB"),
        ];
    }

    private static double Bare(Window year)
    {
        var start = TimeProvider.System.GetTimestamp();
        var total = 0.0;
        for (var stack = 0; stack < Stacks; stack++)
        {
            for (var ms = year.StartMs; ms < year.EndMs; ms += MinutesPerWindow * MinuteMs)
            {
                for (var channel = 0; channel < Channels.Length; channel++)
                {
                    var sum = 0.0;
                    for (var minute = 0; minute < MinutesPerWindow; minute++)
                    {
                        sum += ValueOf(stack, channel, ms + minute * MinuteMs);
                    }

                    total += sum / MinutesPerWindow;
                }
            }
        }

        return total > 0
            ? TimeProvider.System.GetElapsedTime(start).TotalSeconds
            : throw new InvalidOperationException("Nothing was added up.");
    }

    private static double ValueOf(int stack, int channel, long timeMs)
    {
        var mixed = (timeMs / MinuteMs * 7_919 + stack * 104_729 + channel * 1_299_709) % 1_000;
        return Levels[channel] * (0.9 + mixed / 5_000.0);
    }

    private static Profile ReadProfile()
    {
        var file = Path.Combine(
            AppContext.BaseDirectory, "../../../../hub/profiles/en-ied-vi.yaml");
        var faults = new Faults();
        return ProfileReader.Read(file, File.ReadAllText(file), faults)
            ?? throw new InvalidOperationException(string.Join('\n', faults.All));
    }

    private static SourceBinding SourceOf(Profile profile) => new()
    {
        Id = "stack",
        Title = "Stack",
        Plant = "plant",
        Gateway = "gateway",
        Member = "member",
        Zone = "zone",
        Profile = profile.Id,
        Cycle = TimeSpan.FromMinutes(1),
        From = DateTimeOffset.UnixEpoch,
        TimeZone = Zone,
        Quantities =
        [
            .. Channels.Select(channel => new QuantityBinding(
                channel, Device, channel, QuantityUnits.UnitOf(channel))),
        ],
    };

    /// <summary>One stack's way through the year.</summary>
    private sealed class StackYear(SourceBinding source, Profile profile, Window year, int stack)
    {
        private readonly Dictionary<string, List<LevelValue>> _values = [];
        private readonly Dictionary<string, (Window Span, LevelSum[] Sums)> _open = [];
        private long _milligrams;

        public void Add(long startMs)
        {
            var window = new Window(startMs, startMs + profile.WindowMs);
            var images = new Dictionary<string, ImmutableArray<SourceImage>>
            {
                [Device] = [.. Enumerable.Range(0, MinutesPerWindow)
                    .Select(minute => ImageOf(startMs + minute * MinuteMs))],
            };
            var result = WindowCalculation.Compute(
                source, profile, window, images, 1, DateTimeOffset.UnixEpoch);
            _milligrams += result.Facts.Sum(fact => fact.Milligrams);
            foreach (var part in result.Parts)
            {
                Keep(part.Level, part.Validated.Quantity, part.Window, part.Validated.Value);
            }

            for (var i = 0; i < Pollutants.Length; i++)
            {
                Keep(Profile.WindowLevel, Pollutants[i], window, result.Validated[i].Value);
            }

            foreach (var level in profile.Levels)
            {
                var open = _open.GetValueOrDefault(level.Id);
                if (open.Span?.Contains(startMs) != true)
                {
                    Close(level, open.Span, open.Sums);
                    open = (
                        level.Containing(startMs, Zone, profile.WindowMs),
                        new LevelSum[Pollutants.Length]);
                    _open[level.Id] = open;
                }

                for (var i = 0; i < Pollutants.Length; i++)
                {
                    var value = result.Validated[i];
                    open.Sums[i] = open.Sums[i].Add(value.Value, value.AbsentBecause);
                }
            }
        }

        /// <summary>How many tests came to a verdict.</summary>
        public int Judge()
        {
            foreach (var level in profile.Levels)
            {
                Close(level, _open[level.Id].Span, _open[level.Id].Sums);
            }

            var judged = _milligrams > 0 ? 0 : throw new InvalidOperationException("No mass.");
            foreach (var limit in profile.Limits.Where(one => Pollutants.Contains(one.Pollutant)))
            {
                judged += LimitRules.Judge(limit, limit.Value, year, level =>
                        _values[$"{level} {limit.Pollutant}"])
                    .SelectMany(group => group.Tests)
                    .Count(test => test.Verdict != LimitVerdict.NoValues);
            }

            return judged;
        }

        private void Close(Level level, Window? span, LevelSum[] sums)
        {
            for (var i = 0; span is not null && i < Pollutants.Length; i++)
            {
                var average = sums[i].Close(
                    level, span, profile, (int)(span.LengthMs / profile.WindowMs));
                Keep(level.Id, Pollutants[i], span, average.Value);
            }
        }

        private void Keep(string level, string pollutant, Window window, decimal? value)
        {
            var key = $"{level} {pollutant}";
            if (!_values.TryGetValue(key, out var values))
            {
                _values[key] = values = [];
            }

            if (value is { } number)
            {
                values.Add(new LevelValue(window, number));
            }
        }

        private SourceImage ImageOf(long timeMs)
        {
            var readings = ImmutableArray.CreateBuilder<Reading>(Channels.Length);
            for (var channel = 0; channel < Channels.Length; channel++)
            {
                readings.Add(new Reading(
                    Channels[channel], PointValue.Real(ValueOf(stack, channel, timeMs)),
                    Quality.Good, Reason.None, timeMs));
            }

            return new SourceImage(
                new RecordId("plant", "gateway", "epoch", timeMs / MinuteMs),
                new JournalRecord.Image(
                    Device, timeMs, default, ClockState.Synced, readings.MoveToImmutable()));
        }
    }
}
