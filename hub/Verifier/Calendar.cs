using System.Text.Json;

namespace Monitoring.Verifier;

/// <summary>
/// Whether periods go on when the contract lets them: no notice before its date, nothing final
/// before objections had their time, nothing sealed before it was to be held, given and paid.
/// Where notice came late, all that follows is as much later.
/// </summary>
internal sealed class Calendar(Findings findings)
{
    private const int Noticed = 2;

    private readonly Dictionary<string, Rule> _rules = [];
    private readonly Dictionary<string, (Rule Rule, long EndMs)> _periods = [];
    private readonly Dictionary<string, long> _toldMs = [];

    public void TakeContract(Leaf leaf, JsonElement document) =>
        _rules[leaf.Text("hash")] = Rule.Of(document);

    public void TakeSettlement(Leaf leaf)
    {
        var period = leaf.Text("period");
        if (_rules.TryGetValue(leaf.Text("contract_hash"), out var rule))
        {
            _periods[period] = (rule, leaf.Ms("end_ms"));
            _toldMs.TryAdd(period, leaf.Ms("settled_ms"));
        }
    }

    /// <param name="to">1 closing, 2 noticed, 3 final, 4 sealed.</param>
    public void TakeStep(Leaf leaf, string period, int to)
    {
        // Of one that is not settled the log says so itself, at its end.
        if (!_periods.TryGetValue(period, out var known)
            || known.Rule.DateOf(to, known.EndMs) is not { } date)
        {
            return;
        }

        var lateMs = to <= Noticed
            ? 0
            : Math.Max(
                0, _toldMs[period] - known.Rule.DateOf(Noticed, known.EndMs)!.Value);
        if (leaf.Ms("at_ms") < date + lateMs)
        {
            findings.Add(
                leaf.Where, $"moves {period} on {Coverage.Time(leaf.Ms("at_ms"))}; the contract "
                    + $"lets it from {Coverage.Time(date + lateMs)} on");
        }
    }

    /// <summary>The days of a contract's calendar, from the end of a period on.</summary>
    private sealed class Rule(JsonElement calendar, TimeZoneInfo zone, int makeGoodDays)
    {
        // More has no calendar, and a lie of so much no date.
        private const int DaysMax = 36_600;

        public static Rule Of(JsonElement document)
        {
            var zone = document.TryGetProperty("bubble", out var bubble)
                && bubble.TryGetProperty("period", out var period)
                && period.ValueKind == JsonValueKind.Object
                && period.TryGetProperty("zone", out var name)
                    ? TimeZoneInfo.FindSystemTimeZoneById(name.GetString() ?? "")
                    : TimeZoneInfo.Utc;
            return new Rule(
                document.TryGetProperty("calendar", out var told) ? told.Clone() : default, zone,
                document.TryGetProperty("make_good", out var inKind)
                    ? Days(inKind, "within_days")
                    : 0);
        }

        /// <summary>From when on a period may be moved to a step; null: there is no date.</summary>
        public long? DateOf(int to, long endMs)
        {
            if (Shortly(calendar) is { } objectionsMs)
            {
                var finalMs = endMs + objectionsMs;
                return to switch
                {
                    1 or Noticed => endMs,
                    3 => finalMs,
                    _ => Math.Max(finalMs, Math.Max(Pay(endMs), MakeGood(endMs))),
                };
            }

            return to switch
            {
                1 => endMs,
                Noticed => After(endMs, Days(calendar, "notice_days")),
                3 => After(endMs, Days(calendar, "final_days")),
                _ => Math.Max(
                    After(endMs, Days(calendar, "hold_days")),
                    Math.Max(Pay(endMs), MakeGood(endMs))),
            };
        }

        private long Pay(long endMs) => After(endMs, Days(calendar, "pay_days"));

        private long MakeGood(long endMs) =>
            makeGoodDays == 0 ? endMs : After(endMs, makeGoodDays);

        // The first instant of the local day that is so many days later.
        private long After(long endMs, int days)
        {
            if (days == 0)
            {
                return endMs;
            }

            var day = TimeZoneInfo.ConvertTime(DateTimeOffset.FromUnixTimeMilliseconds(endMs), zone)
                .Date.AddDays(days);
            var isRolled = calendar.ValueKind == JsonValueKind.Object
                && calendar.TryGetProperty("roll", out var roll)
                && roll.GetString() == "next-business-day";
            while (isRolled && (day.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday))
            {
                day = day.AddDays(1);
            }

            // Clocks that are put forward at midnight have no midnight.
            while (zone.IsInvalidTime(day))
            {
                day = day.AddMinutes(15);
            }

            var offset = zone.IsAmbiguousTime(day)
                ? zone.GetAmbiguousTimeOffsets(day).Max()
                : zone.GetUtcOffset(day);
            return new DateTimeOffset(day, offset).ToUnixTimeMilliseconds();
        }

        private static int Days(JsonElement json, string name) =>
            json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var days)
                ? Math.Clamp(days.GetInt32(), 0, DaysMax)
                : 0;

        // Periods of minutes have objections of minutes, such as '30 s'.
        private static long? Shortly(JsonElement json)
        {
            if (json.ValueKind != JsonValueKind.Object
                || !json.TryGetProperty("objections", out var told)
                || told.GetString()?.Split(' ') is not [var number, var unit])
            {
                return null;
            }

            var seconds = unit switch
            {
                "s" => 1, "min" => 60, "h" => 3_600, "d" => 86_400, _ => 0,
            };
            return (Fraction.Parse(number) * Fraction.Of(seconds * 1_000L)).Floor() is var ms
                && ms > 0 && ms <= 86_400_000
                    ? (long)ms
                    : null;
        }
    }
}
