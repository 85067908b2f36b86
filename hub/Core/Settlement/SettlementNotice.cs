using System.Globalization;
using Monitoring.Core.Contracts;

namespace Monitoring.Core.Settlement;

/// <summary>Tells a member what a period came to, before that is final.</summary>
public static class SettlementNotice
{
    /// <summary>Why members are told: a period was settled.</summary>
    public const string Settled = "period-settled";

    /// <summary>Its facts are known better now.</summary>
    public const string Corrected = "facts-changed";

    /// <param name="final">When it is final, as its reader wants that written.</param>
    public static string To(
        MemberVerdict member, PeriodSettlement settlement, Contract contract, string final,
        Language language)
    {
        var charge = settlement.Charges.FirstOrDefault(one => one.Member == member.Member);
        var owed = contract.Currency.Show(charge?.MinorUnits ?? 0);
        var (emitted, level, answers, inKind) = (
            Grams(member.EmittedGrams), Grams(member.LevelGrams), Grams(member.AnswersForGrams),
            Grams(member.MakeGoodGrams));
        var back = settlement.Refunds.FirstOrDefault(one => one.Member == member.Member)
            is { MinorUnits: > 0 } refund ? contract.Currency.Show(refund.MinorUnits) : null;
        var isShared = contract.Breach.Trigger != Trigger.Member;
        return language == Language.Ukrainian
            ? $"Період {settlement.PeriodId}: {member.Member} викинув {emitted} г за рівня "
                + $"{level} г, відповідає за {answers} г і винен {owed}"
                + (member.MakeGoodGrams > 0 ? $" та {inKind} г з наступної частки" : "") + ". "
                + (back is null ? "" : $"За обсяг діяльності йому повертається {back}. ")
                + (isShared
                    ? "Перевищення міхура ділиться між тими, хто перевищив свою частку, тож "
                        + "уточнення даних сусіда може змінити й це нарахування. "
                    : "")
                + $"Заперечення — до {final}; потім це остаточно."
            : $"{settlement.PeriodId}: {member.Member} emitted {emitted} g, where its level is "
                + $"{level} g; it answers for {answers} g and owes {owed}"
                + (member.MakeGoodGrams > 0 ? $" and {inKind} g of its next holding" : "") + ". "
                + (back is null ? "" : $"It gets {back} back for what it made. ")
                + (isShared
                    ? "The excess of the bubble is shared among those above their holding, so a "
                        + "correction of a neighbour's data may change this charge too. "
                    : "")
                + $"Objections until {final}; then it is final.";
    }

    private static string Grams(long grams) => grams.ToString(CultureInfo.InvariantCulture);
}
