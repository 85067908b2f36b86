using System.Collections.Immutable;
using System.Globalization;
using Monitoring.Core;
using Monitoring.Core.Amendments;
using Monitoring.Core.Averaging;
using Monitoring.Core.Quality;
using Monitoring.Server.Engine;
using Monitoring.Wire.Documents;

namespace Monitoring.Server.Amendments;

/// <summary>
/// Reads the tests of EN 14181 out of a table (CSV), one reading a line:
/// <c>source,quantity,test,number,time,reading,reference,factor</c>. Lines of <c>qal2</c> and
/// <c>ast</c> with one number are the pairs of one test, their factor makes standard conditions;
/// <c>qal2-material</c> are its zero and span gas. Lines of <c>qal3-zero</c> and <c>qal3-span</c>
/// stand for themselves, their factor is s_AMS.
/// </summary>
public sealed class TestTableReader(
    ClusterMap cluster, ProfileSet profiles, string file, string author, Faults faults)
{
    private const int LinesMax = 100_000;
    private const string Head = "source,quantity,test,number,time,reading,reference,factor";
    private const string Material = "qal2-material";

    private static readonly string[] Tests =
        ["qal2", Material, "ast", DriftChart.TestPrefix + "zero", DriftChart.TestPrefix + "span"];

    public ImmutableArray<Amendment> Read(string text)
    {
        var rows = text.ReplaceLineEndings("\n").TrimStart('\uFEFF').Split('\n');
        if (rows[0].Trim() != Head || rows.Length > LinesMax)
        {
            faults.Add(file, 1, "this is no table of tests", $"write '{Head}' as the first line");
            return [];
        }

        var lines = rows.Select((row, i) => (Row: row, Number: i + 1)).Skip(1)
            .Where(line => line.Row.Length > 0)
            .Select(line => ReadLine(line.Row.Split(','), line.Number)).OfType<Line>().ToList();
        return
        [
            .. lines.Where(line => line.Test.StartsWith(
                DriftChart.TestPrefix, StringComparison.Ordinal)).Select(Drift),
            .. lines.Where(line => line.Test is "qal2" or "ast")
                .GroupBy(line => (line.Source.Id, line.Binding.Quantity, line.Test, line.Number))
                .Select(pairs => Parallel(
                    [.. pairs],
                    [
                        .. lines.Where(line => line.Test == Material
                            && line.Number == pairs.Key.Number
                            && line.Binding == pairs.First().Binding),
                    ]))
                .OfType<Amendment>(),
        ];
    }

    private Line? ReadLine(string[] fields, int number)
    {
        decimal? NumberOf(int place) => fields.Length > place && decimal.TryParse(
            fields[place], NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            ? value
            : null;
        if (fields.Length != 8 || !Tests.Contains(fields[2])
            || !DateTimeOffset.TryParse(
                fields[4], CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            || NumberOf(5) is not { } reading || NumberOf(6) is not { } reference
            || NumberOf(7) is not { } factor || factor <= 0)
        {
            faults.Add(
                file, number, "the line is none of a test",
                $"write {Head}; a test is one of {string.Join(", ", Tests)}, a factor above 0");
            return null;
        }

        if (cluster.SourceAt(fields[0], time) is not { } source
            || source.Quantities.FirstOrDefault(one => one.Quantity == fields[1])
                is not { } binding)
        {
            faults.Add(
                file, number, $"'{fields[0]}' has no '{fields[1]}' at that time",
                "name a source of cluster.yaml and one of its quantities");
            return null;
        }

        return new Line(
            number, source, binding, fields[2], fields[3], time, reading, reference, factor);
    }

    private Amendment Drift(Line line) => Of(
        line, true,
        DriftChart.TextOf(line.Reading - line.Reference, line.Factor));

    private Amendment? Parallel(ImmutableArray<Line> pairs, ImmutableArray<Line> materials)
    {
        var (line, profile) = (pairs[^1], profiles[pairs[^1].Source.Profile]);
        var quantity = line.Binding.Quantity;
        if (profile.LimitOf(quantity)?.Confidence is not { } interval
            || line.Source.LimitOf(quantity, profile) is not { } limit)
        {
            faults.Add(
                file, line.At, $"profile '{profile.Id}' has no confidence interval of {quantity}",
                "a QAL2 and its yearly test are judged by limit value and confidence interval");
            return null;
        }

        var terms = new Qal2Terms(
            limit, interval, line.Binding.Unit == QuantityUnits.Signal ? 4 : 0,
            [.. materials.Select(one => (one.Reading, one.Reference))]);
        ImmutableArray<ParallelPair> values =
        [
            .. pairs.Select(one => new ParallelPair(
                one.Time.ToUnixTimeMilliseconds(), one.Reading, one.Reference, one.Factor)),
        ];
        if (line.Test == "qal2")
        {
            var found = Qal2.Of(values, terms);
            return Of(line, found.Passes, TextOf(found));
        }

        if (line.Binding.CalibrationAt(line.Time) is not { } function
            || SurveillanceTest.Of(function, values, terms) is not { } test)
        {
            faults.Add(
                file, line.At, "there is nothing to be tested, or too little to test it by",
                $"a yearly test needs {En14181.SurveillancePairsMin.Whole} pairs, and a "
                    + "calibration of cluster.yaml that holds then");
            return null;
        }

        return Of(line, test.Passes, TextOf(test, function));
    }

    private static string TextOf(Qal2 found) => found.Passes
        ? string.Create(
            CultureInfo.InvariantCulture,
            $"method {found.Method}: a {Round(found.Intercept)}, b {Round(found.Slope)}, "
                + $"range_max {Round(found.RangeMax)}; deviation {Round(found.Deviation)} of "
                + $"{Round(found.DeviationMax)}; unverified constants of EN 14181")
        : string.Join(' ', found.Faults) + " (Unverified constants of EN 14181.)";

    private static string TextOf(SurveillanceTest test, CalibrationFunction function) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"of {function.Document}: mean difference {Round(test.MeanDifference)} of "
                + $"{Round(test.MeanMax)}, deviation {Round(test.Deviation)} of "
                + $"{Round(test.DeviationMax)}; unverified constants of EN 14181");

    private static decimal Round(decimal value) => Rounding.ToDecimals(value, 6);

    private Amendment Of(Line line, bool passed, string result) => new()
    {
        Source = line.Source.Id, Quantity = line.Binding.Quantity, Kind = AmendmentKind.Test,
        FromMs = line.Time.ToUnixTimeMilliseconds(), Test = line.Test, Passed = passed,
        Subject = line.Number, Result = result, Author = author,
        Reason = Path.GetFileName(file),
    };

    private sealed record Line(
        int At, SourceBinding Source, QuantityBinding Binding, string Test, string Number,
        DateTimeOffset Time, decimal Reading, decimal Reference, decimal Factor);
}
