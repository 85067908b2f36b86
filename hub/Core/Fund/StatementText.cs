using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Monitoring.Core.Contracts;

namespace Monitoring.Core.Fund;

/// <summary>Writes a statement of the fund for people.</summary>
public static class StatementText
{
    /// <summary>The languages it can be had in.</summary>
    public static IReadOnlyList<string> Languages { get; } = ["en", "uk"];

    /// <param name="show">Writes an amount of minor units with its currency.</param>
    /// <param name="span">What it is about, such as a year.</param>
    /// <param name="insights">What its settled periods say, the oldest first.</param>
    public static string Render(
        FundStatement statement, string language, string span, Func<long, string> show,
        params ImmutableArray<PeriodInsight> insights)
    {
        var isUkrainian = language == "uk";
        string Say(string english, string ukrainian) => isUkrainian ? ukrainian : english;
        var text = new StringBuilder();
        text.AppendLine(Say($"The compensation fund in {span}", $"Компенсаційний фонд, {span}"));
        text.AppendLine();
        foreach (var line in statement.Lines)
        {
            text.AppendLine(NameOf(line.Account, isUkrainian));
            foreach (var (name, amount) in ((string, long)[])
                [
                    (Say("at the beginning", "на початок"), line.OpeningMinor),
                    (Say("charged", "нараховано"), line.ChargedMinor),
                    (Say("corrected", "виправлено"), line.RestatedMinor),
                    (Say("interest on late charges", "відсотки за прострочення"),
                        line.InterestMinor),
                    (Say("lent to (+) or by (-) other lots", "позичено в (+) або іншим (-)"),
                        line.LentMinor),
                    (Say("paid to projects", "сплачено проєктам"), line.PaidMinor),
                    (Say("came back from projects", "повернено проєктами"), line.ReturnedMinor),
                    (Say("at the end", "на кінець"), line.ClosingMinor),
                ])
            {
                text.AppendLine(CultureInfo.InvariantCulture, $"  {name,-36} {show(amount),20}");
            }
        }

        text.AppendLine();
        foreach (var (name, amount) in ((string, long)[])
            [
                (Say("All lots together", "Усі кошти разом"), statement.ClosingMinor),
                (Say("promised to projects", "обіцяно проєктам"), statement.PromisedMinor),
                (Say("owed by members, less credits", "борг учасників за вирахуванням кредитів"),
                    statement.OwedMinor),
                (Say("in the bank", "у банку"), statement.CashMinor),
                (Say("paid in by nobody knows whom", "надійшло невідомо від кого"),
                    statement.UnmatchedMinor),
                (Say("deficit", "дефіцит"), statement.DeficitMinor),
            ])
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{name,-40} {show(amount),18}");
        }

        foreach (var project in statement.Projects)
        {
            text.AppendLine(Say(
                $"Project {project.Project}: paid {show(project.PaidMinor)}, "
                    + ResultOf(project, isUkrainian, show),
                $"Проєкт {project.Project}: сплачено {show(project.PaidMinor)}, "
                    + ResultOf(project, isUkrainian, show)));
        }

        InsightText.Append(text, insights, Say, show);
        if (statement.PerShareTenThousandths is { } share)
        {
            var each = (decimal)share / 10_000;
            text.AppendLine(Say(
                $"{statement.Shares} shares; for each {each} minor units, for information: "
                    + "money of the fund is not paid out to shareholders.",
                $"{statement.Shares} часток; на кожну {each} найменших одиниць, для відома: "
                    + "кошти фонду часткарям не виплачуються."));
        }

        return text.ToString();
    }

    /// <summary>What a project did for the air, and at which cost.</summary>
    public static string ResultOf(
        StatementProject project, bool isUkrainian, Func<long, string> show) =>
        (project.AbatedGrams, isUkrainian) switch
        {
            ({ } grams, false) => $"spared {grams / 1_000} kg, "
                + $"{Cost(project, show, "not known")} a kilogram ({BasisOf(project)})",
            ({ } grams, true) => $"зменшено викид на {grams / 1_000} кг, "
                + $"{Cost(project, show, "невідомо")} за кілограм ({UkrainianBasisOf(project)})",
            (null, false) => "not measured yet",
            (null, true) => "ще не виміряно",
        };

    /// <summary>
    /// Where emissions come down by these versions of the contract, and how sure that is; empty
    /// where none says more than where sources stand.
    /// </summary>
    public static string ZoneKeys(IEnumerable<Contract> versions, string language)
    {
        var tongue = language == "uk" ? Language.Ukrainian : Language.English;
        return string.Concat(versions.Where(one => !one.Fund.ZoneKeys.IsEmpty).Select(one =>
            (tongue == Language.Ukrainian
                ? $"\nКуди осідають викиди (договір, версія {one.Version}; довіра 95 %)\n"
                : $"\nWhere emissions come down (contract version {one.Version}; 95 % "
                    + "confidence)\n")
            + string.Concat(one.Fund.ZoneKeys.Select(key =>
                $"  {key.Key}: {ZoneKeyText.Of(key.Value, tongue)}\n"))));
    }

    private static string BasisOf(StatementProject project) => project.Proof is not { } proof
        ? "an estimate: the masses are as they were entered"
        : $"measured in {MeasureRules.Hours(MeasuredMs(proof))} h of facts, at equal "
            + (proof.Unit is { } unit ? $"activity in {unit}" : "time")
            + (FilledMs(proof) == 0 ? ""
                : $"; {MeasureRules.Hours(FilledMs(proof))} h more were filled in");

    private static string UkrainianBasisOf(StatementProject project) =>
        project.Proof is not { } proof
            ? "оцінка: маси введено вручну"
            : $"виміряно за {MeasureRules.Hours(MeasuredMs(proof))} год даних, за рівн"
                + (proof.Unit is { } unit ? $"ої діяльності в {unit}" : "ого часу")
                + (FilledMs(proof) == 0 ? ""
                    : $"; ще {MeasureRules.Hours(FilledMs(proof))} год заповнено");

    private static long MeasuredMs(AbatementProof proof) =>
        proof.Before.MeasuredMs + proof.After.MeasuredMs;

    private static long FilledMs(AbatementProof proof) =>
        proof.Before.FilledMs + proof.After.FilledMs;

    private static string Cost(
        StatementProject project, Func<long, string> show, string unknown) =>
        project.CostPerKgMinor is { } cost ? show(cost) : unknown;

    /// <summary>An account of the fund for people.</summary>
    public static string NameOf(string account, bool isUkrainian) =>
        (account.Split(':'), isUkrainian) switch
        {
            (["fund", "local", var zone], false) => $"For the zone {zone}",
            (["fund", "local", var zone], true) => $"Для зони {zone}",
            ([_, "programme"], false) => "For programmes of all zones",
            ([_, "programme"], true) => "На програми всіх зон",
            ([_, "reserve"], false) => "Reserve",
            ([_, "reserve"], true) => "Резерв",
            _ => account,
        };
}
