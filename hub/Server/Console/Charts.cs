using System.Globalization;
using System.Text;
using Monitoring.Server.Notify;

namespace Monitoring.Server.Console;

/// <summary>A line over time; a null value is a hole in it.</summary>
internal sealed record Series(
    string Title, string Unit, long FromMs, long ToMs, long StepMs,
    IReadOnlyList<(long Ms, double? Value)> Points);

/// <summary>Charts as inline SVG.</summary>
internal static class Charts
{
    private const double Width = 480;
    private const double Height = 200;
    private const double Left = 52;
    private const double Right = 8;
    private const double Top = 24;
    private const double Bottom = 26;
    private const int TicksMax = 4;

    private static readonly long[] TimeSteps =
        [60_000, 300_000, 600_000, 1_800_000, 3_600_000, 21_600_000, 86_400_000];

    /// <summary>How much of a limit is used, with marks at the limit and at the forecast.</summary>
    public static Html Bar(decimal usedPercent, decimal? forecastPercent, string label)
    {
        var end = Math.Max(120, Math.Max(usedPercent, forecastPercent ?? 0) * 1.05m);
        string At(decimal percent) => Number((double)(percent / end) * Width);
        var used = Math.Max(0, usedPercent);
        var within = Math.Min(used, 100);
        var above = used > 100
            ? Html.Of($"""
                <rect x="{At(100)}" y="6" width="{At(used - 100)}" height="18" fill="url(#over)"/>
                """)
            : Html.Empty;
        var forecast = forecastPercent is { } at
            ? Html.Of($"""
                <line x1="{At(at)}" x2="{At(at)}" y1="3" y2="27" stroke="#1b2a33"
                 stroke-width="2" stroke-dasharray="3 3"/>
                """)
            : Html.Empty;
        return Html.Of($"""
            <svg viewBox="0 0 480 40" role="img" aria-label="{label}">
            <defs><pattern id="over" width="8" height="8" patternUnits="userSpaceOnUse"
             patternTransform="rotate(45)"><rect width="8" height="8" fill="#b3261e"/>
            <rect width="3" height="8" fill="#f0b8b4"/></pattern></defs>
            <rect x="0" y="6" width="{At(100)}" height="18" fill="#e4eaed"/>
            <rect x="0" y="6" width="{At(within)}" height="18" fill="#2b7a4b"/>{above}
            <line x1="{At(100)}" x2="{At(100)}" y1="1" y2="29" stroke="#1b2a33"
             stroke-width="2"/>{forecast}
            <text x="{At(100)}" y="39" font-size="12" text-anchor="middle"
             fill="#5a6b75">100 %</text></svg>
            """);
    }

    /// <summary>Parts of one amount beside each other; together at most 100 %.</summary>
    public static Html Stack(IReadOnlyList<(decimal Percent, string Colour)> parts, string label)
    {
        var bars = new List<Html>();
        var from = 0m;
        foreach (var (percent, colour) in parts.Where(part => part.Percent > 0))
        {
            var (x, width) = (Number((double)from / 100 * Width),
                Number((double)percent / 100 * Width));
            bars.Add(Html.Of($"""
                <rect x="{x}" y="2" width="{width}" height="18" fill="{colour}"/>
                """));
            from += percent;
        }

        return Html.Of($"""
            <svg viewBox="0 0 480 22" role="img" aria-label="{label}">
            <rect x="0" y="2" width="480" height="18" fill="#e4eaed"/>{bars}</svg>
            """);
    }

    /// <summary>
    /// How much of a limit each of some periods used, the oldest left; what is above is striped.
    /// </summary>
    public static Html Columns(IReadOnlyList<(decimal Percent, string Label)> periods)
    {
        const double floor = 176;
        var top = (double)Math.Max(120, periods.Max(period => period.Percent) * 1.05m);
        double Y(decimal percent) => floor - ((double)percent / top * (floor - Top));
        var step = (Width - Left - Right) / periods.Count;
        var columns = periods.Select((period, i) =>
        {
            var (x, width) = (Number(Left + (i * step) + (step * 0.15)), Number(step * 0.7));
            var (within, used) = (Y(Math.Min(period.Percent, 100)), Y(period.Percent));
            return Html.Of($"""
                <g><title>{period.Label}</title>
                <rect x="{x}" y="{Number(within)}" width="{width}"
                 height="{Number(floor - within)}" fill="#2b7a4b"/>
                <rect x="{x}" y="{Number(used)}" width="{width}"
                 height="{Number(within - used)}" fill="url(#above)"/></g>
                """);
        });
        return Html.Of($"""
            <svg viewBox="0 0 480 200" role="img" aria-label="{periods[^1].Label}">
            <defs><pattern id="above" width="8" height="8" patternUnits="userSpaceOnUse"
             patternTransform="rotate(45)"><rect width="8" height="8" fill="#b3261e"/>
            <rect width="3" height="8" fill="#f0b8b4"/></pattern></defs>{columns}
            <line x1="{Number(Left)}" x2="{Number(Width - Right)}" y1="{Number(Y(100))}"
             y2="{Number(Y(100))}" stroke="#1b2a33" stroke-width="2"/>
            <text x="{Number(Left - 5)}" y="{Number(Y(100))}" dy="4" font-size="12"
             text-anchor="end" fill="#5a6b75">100 %</text>
            <line x1="{Number(Left)}" x2="{Number(Width - Right)}" y1="{Number(floor)}"
             y2="{Number(floor)}" stroke="#d5dde1"/></svg>
            """);
    }

    /// <summary>Value over time, axes with units; a hole where nothing is known.</summary>
    public static Html Line(Series series, TimeZoneInfo zone)
    {
        var (top, step) = Scale(series.Points.Max(point => point.Value ?? 0));
        double X(long ms) => Left
            + ((Width - Left - Right) * (ms - series.FromMs) / (series.ToMs - series.FromMs));
        double Y(double value) => Top + ((Height - Top - Bottom) * (1 - (value / top)));
        var axis = new List<Html>();
        for (var i = 0; i * step <= top * 1.0001; i++)
        {
            var y = Number(Y(i * step));
            axis.Add(Html.Of($"""
                <line x1="{Number(Left)}" x2="{Number(Width - Right)}" y1="{y}" y2="{y}"
                 stroke="#d5dde1"/><text x="{Number(Left - 5)}" y="{y}" dy="4" font-size="12"
                 text-anchor="end" fill="#5a6b75">{Number(i * step)}</text>
                """));
        }

        foreach (var ms in TimeTicks(series))
        {
            var local = LocalTime.In(DateTimeOffset.FromUnixTimeMilliseconds(ms), zone, "HH:mm");
            axis.Add(Html.Of($"""
                <text x="{Number(X(ms))}" y="{Number(Height - 10)}" font-size="12"
                 text-anchor="middle" fill="#5a6b75">{local}</text>
                """));
        }

        return Html.Of($"""
            <svg viewBox="0 0 480 200" role="img" aria-label="{series.Title}, {series.Unit}">
            {axis}<path d="{Path(series, X, Y)}" fill="none" stroke="#0b5b8a"
             stroke-width="2" stroke-linecap="round"/>
            <text x="0" y="11" font-size="12" fill="#5a6b75">{series.Unit}</text></svg>
            """);
    }

    private static string Path(Series series, Func<long, double> x, Func<double, double> y)
    {
        var path = new StringBuilder();
        long? before = null;
        foreach (var (ms, value) in series.Points)
        {
            if (value is not { } number)
            {
                before = null;
                continue;
            }

            var isNext = before is { } last && ms - last <= series.StepMs;
            var (px, py) = (Number(x(ms)), Number(y(number)));
            // A point alone between holes would be invisible without a length.
            path.Append(isNext ? $"L{px} {py}" : $"M{px} {py}h0.1");
            before = ms;
        }

        return path.ToString();
    }

    // The end of the axis and its step: 1, 2 or 5 times a power of ten.
    private static (double Top, double Step) Scale(double max)
    {
        var rough = Math.Max(max, 1e-6) / TicksMax;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = power * (rough / power <= 1 ? 1 : rough / power <= 2 ? 2
            : rough / power <= 5 ? 5 : 10);
        return (Math.Ceiling(Math.Max(max, 1e-6) / step) * step, step);
    }

    private static IEnumerable<long> TimeTicks(Series series)
    {
        var step = TimeSteps.FirstOrDefault(
            one => (series.ToMs - series.FromMs) / one <= 7, TimeSteps[^1]);
        for (var ms = ((series.FromMs / step) + 1) * step; ms < series.ToMs; ms += step)
        {
            yield return ms;
        }
    }

    private static string Number(double value) =>
        value.ToString("0.##", CultureInfo.InvariantCulture);
}
