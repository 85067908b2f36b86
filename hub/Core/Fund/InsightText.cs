using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Monitoring.Core.Fund;

/// <summary>Says in a statement why emissions changed, and which limit held a period up.</summary>
public static class InsightText
{
    private const double GramsPerKilogram = 1_000;

    /// <summary>The limits of a period, a line each.</summary>
    /// <param name="show">Writes an amount of minor units with its currency.</param>
    public static IEnumerable<string> LinesOf(
        PeriodInsight insight, bool isUkrainian, Func<long, string> show) =>
        insight.Tightness.Select(one => TightnessOf(
            one, (english, ukrainian) => isUkrainian ? ukrainian : english, show));

    internal static void Append(
        StringBuilder text, ImmutableArray<PeriodInsight> insights,
        Func<string, string, string> say, Func<long, string> show)
    {
        if (insights.IsEmpty)
        {
            return;
        }

        text.AppendLine();
        text.AppendLine(say(
            "Why emissions changed, and what held them up",
            "Чому викиди змінилися і що їх стримує"));
        foreach (var insight in insights)
        {
            text.AppendLine(insight.PeriodId);
            text.AppendLine("  " + LeversOf(insight, say));
            foreach (var one in insight.Tightness)
            {
                text.AppendLine("  " + TightnessOf(one, say, show));
            }
        }

        text.AppendLine();
    }

    private static string LeversOf(PeriodInsight insight, Func<string, string, string> say)
    {
        if (insight.Levers is { } levers)
        {
            return say(
                $"against {insight.Before}: {Kg(levers.Total)} kg = scale {Kg(levers.Scale)}, "
                    + $"productivity {Kg(levers.Productivity)}, range {Kg(levers.Range)}",
                $"проти {insight.Before}: {Kg(levers.Total)} кг = обсяг {Kg(levers.Scale)}, "
                    + $"продуктивність {Kg(levers.Productivity)}, асортимент {Kg(levers.Range)}");
        }

        return say("levers: ", "важелі: ") + insight.Gap switch
        {
            LeverGap.NoPeriodBefore => say(
                "there is no settled period before it", "перед ним немає підсумованого періоду"),
            LeverGap.UnitsDiffer => say(
                "what was made is not reported in one unit",
                "обсяг діяльності подано в різних одиницях"),
            LeverGap.ProductsDiffer => say(
                "not the same products were made as before",
                "вироблено не ті самі продукти, що раніше"),
            _ => say(
                "not every source reported what it made ('report_activity')",
                "не кожне джерело повідомило обсяг діяльності ('report_activity')"),
        };
    }

    private static string TightnessOf(
        Tightness one, Func<string, string, string> say, Func<long, string> show)
    {
        var (place, pollutant) = (
            one.Constraint.Zone is { } zone
                ? say($"zone {zone}", $"зона {zone}")
                : say("bubble", "міхур"),
            one.Constraint.Pollutant);
        var (emitted, cap) = (
            Number(one.Constraint.ExpectedGrams), Number(one.Constraint.CapGrams));
        var limit = say(
            $"{place}, {pollutant}: {emitted} kg of {cap} kg; ",
            $"{place}, {pollutant}: {emitted} кг з {cap} кг; ");
        return limit + (!one.Binds
            ? say("does not bind, a kilogram more costs nothing",
                "не стримує, зайвий кілограм нічого не коштує")
            : one.ShadowPriceMinor == 0
                ? say("above its part, free while the bubble holds",
                    "понад свою частину, безкоштовно, поки міхур утримується")
            : say($"binds, its last kilogram costs {show(one.ShadowPriceMinor)} ",
                $"стримує, останній кілограм коштує {show(one.ShadowPriceMinor)} ")
                + (one.Marginal == Tightness.Charge
                    ? say("(the charge)", "(нарахування)")
                    : say($"(project {one.Marginal})", $"(проєкт {one.Marginal})")));
    }

    private static string Kg(double grams) => (grams / GramsPerKilogram).ToString(
        "+0.000;-0.000;0.000", CultureInfo.InvariantCulture);

    private static string Number(long grams) => (grams / (decimal)GramsPerKilogram).ToString(
        "0.000", CultureInfo.InvariantCulture);
}
