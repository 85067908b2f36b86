using System.Collections.Immutable;
using System.Globalization;
using Monitoring.Core.Contracts;
using Monitoring.Wire;

namespace Monitoring.Core.Settlement;

/// <summary>Why a member's charge is another one now.</summary>
public enum ChangeReason
{
    None,

    /// <summary>What it emitted is known better now.</summary>
    OwnMass,

    /// <summary>
    /// What others left of their holdings had shielded it, or shields it now: that is shared.
    /// </summary>
    SharedSlack,

    /// <summary>An earlier period was put right, and left it something else.</summary>
    CarryOver,

    /// <summary>What it did was reported otherwise.</summary>
    Activity,
}

/// <summary>What a restatement changes for one member. Above 0 is more.</summary>
public sealed record MemberChange(
    string Member, long EmittedGrams, long ApportionedGrams, long MakeGoodGrams, long MinorUnits,
    ChangeReason Reason)
{
    /// <summary>What it has more of from earlier periods: banked, less what is owed.</summary>
    public long CarriedGrams { get; init; }

    /// <summary>What it did was reported otherwise.</summary>
    public bool IsActivityNew { get; init; }
}

/// <summary>
/// A period that was final and is known better now. Nothing of it changes: what it came to is
/// reversed in the open period, and what it should have been is booked there, under its name.
/// </summary>
public sealed record Restatement
{
    public required string Id { get; init; }

    public required string PeriodId { get; init; }

    /// <summary>The id of the settlement that stands.</summary>
    public required string Original { get; init; }

    public required string Revised { get; init; }

    public required long MinorUnits { get; init; }

    public required ImmutableArray<MemberChange> Members { get; init; }

    /// <summary>For which somebody ordered it; null: it became known later.</summary>
    public string? Reason { get; init; }

    /// <summary>The SHA-256 of the document that says so; null without an order.</summary>
    public string? Document { get; init; }

    public static Restatement Of(
        Contract contract, PeriodSettlement original, PeriodSettlement revised)
    {
        Invariant.That(original.PeriodId == revised.PeriodId);
        Invariant.That(
            original.ContractHash == contract.Hash && revised.ContractHash == contract.Hash);
        return new Restatement
        {
            Id = ContentId.Of("restatement", original.Id, revised.Id),
            PeriodId = original.PeriodId,
            Original = original.Id,
            Revised = revised.Id,
            MinorUnits = revised.TotalMinorUnits - original.TotalMinorUnits,
            Members =
            [
                .. original.Members.Zip(revised.Members, (before, after) =>
                    ChangeOf(original, revised, before, after)),
            ],
        };
    }

    /// <summary>What a member is told, whole sentences.</summary>
    public string NoticeTo(string member, Contract contract, Language language) =>
        TextTo(member, contract, language) + (Reason is null ? ""
            : language == Language.Ukrainian
                ? $" Підстава: {ReasonUkrainian(Reason)} (SHA-256 документа {Document})."
                : $" It was ordered for this reason: {Reason} (SHA-256 of the document "
                    + $"{Document}).");

    private static string ReasonUkrainian(string reason) => reason switch
    {
        "audit" => "аудит", "court" => "рішення суду", "error" => "помилка", _ => reason,
    };

    private string TextTo(string member, Contract contract, Language language)
    {
        var own = Members.First(change => change.Member == member);
        var others = Members.Where(change => change.Member != member
            && (change.EmittedGrams != 0 || change.IsActivityNew)).ToList();
        var currency = contract.Currency;
        var amount = currency.Show(Math.Abs(own.MinorUnits));
        if (language == Language.Ukrainian)
        {
            var changed = string.Join(", ", others.Select(change => change.EmittedGrams == 0
                ? $"{change.Member}: обсяг діяльності"
                : $"{change.Member}: {Signed(change.EmittedGrams)} г"));
            return own.Reason switch
            {
                ChangeReason.None => $"Період {PeriodId} уточнено; ваше нарахування не змінилося.",
                ChangeReason.Activity => $"Період {PeriodId} уточнено: "
                    + $"{MoreUkrainian(own)} {amount}, бо про ваш обсяг діяльності повідомлено "
                    + "інакше.",
                ChangeReason.CarryOver => $"Період {PeriodId} уточнено: "
                    + $"{MoreUkrainian(own)} {amount}, бо попередній період виправлено, і він "
                    + $"залишив вам на {Math.Abs(own.CarriedGrams)} г "
                    + (own.CarriedGrams < 0 ? "менше." : "більше."),
                ChangeReason.OwnMass => $"Період {PeriodId} уточнено: ваші викиди змінилися на "
                    + $"{Signed(own.EmittedGrams)} г, {MoreUkrainian(own)} {amount}.",
                _ => $"Період {PeriodId} уточнено: {MoreUkrainian(own)} {amount}, хоча ваші дані "
                    + $"не змінилися. Змінилися дані інших ({changed}). Перевищення міхура "
                    + "ділиться між тими, хто перевищив свою частку, тож невикористане іншими "
                    + "зменшує і ваше нарахування.",
            };
        }

        var told = string.Join(", ", others.Select(change => change.EmittedGrams == 0
            ? $"{change.Member} made something else"
            : $"{change.Member} emitted {Math.Abs(change.EmittedGrams).ToString(
                CultureInfo.InvariantCulture)} g "
            + (change.EmittedGrams < 0 ? "less" : "more")));
        return own.Reason switch
        {
            ChangeReason.None => $"{PeriodId} was restated; your charge is the same.",
            ChangeReason.Activity => $"{PeriodId} was restated: you owe {amount} {More(own)}, "
                + "since what you made was reported otherwise.",
            ChangeReason.CarryOver => $"{PeriodId} was restated: you owe {amount} {More(own)}, "
                + "since an earlier period was put right and left you "
                + string.Create(
                    CultureInfo.InvariantCulture, $"{Math.Abs(own.CarriedGrams)} g ")
                + (own.CarriedGrams < 0 ? "less." : "more."),
            ChangeReason.OwnMass => $"{PeriodId} was restated: your emissions changed by "
                + $"{Signed(own.EmittedGrams)} g, and you owe {amount} {More(own)}.",
            _ => $"{PeriodId} was restated: you owe {amount} {More(own)}, although your own data "
                + $"did not change: {told} than was settled. The excess of the bubble is shared "
                + "among those above their holding, so what others leave unused lowers your part "
                + "too, and what they use raises it.",
        };
    }

    private static MemberChange ChangeOf(
        PeriodSettlement original, PeriodSettlement revised, MemberVerdict before,
        MemberVerdict after)
    {
        Invariant.That(before.Member == after.Member);
        var money = ChargeOf(revised, after.Member) - ChargeOf(original, before.Member);
        var mass = after.EmittedGrams - before.EmittedGrams;
        var apportioned = after.ApportionedGrams - before.ApportionedGrams;
        var isActivityNew = !ActivityOf(original, before.Member)
            .SequenceEqual(ActivityOf(revised, after.Member));
        var carried = CarriedOf(revised, after.Member) - CarriedOf(original, before.Member);
        return new MemberChange(
            after.Member, mass, apportioned, after.MakeGoodGrams - before.MakeGoodGrams, money,
            mass != 0 ? ChangeReason.OwnMass
            : isActivityNew ? ChangeReason.Activity
            : carried != 0 ? ChangeReason.CarryOver
            : money != 0 || apportioned != 0 ? ChangeReason.SharedSlack
            : ChangeReason.None)
        {
            CarriedGrams = carried, IsActivityNew = isActivityNew,
        };
    }

    private static IEnumerable<Activity> ActivityOf(PeriodSettlement settlement, string member) =>
        settlement.Activities.Where(activity => activity.Member == member);

    private static long CarriedOf(PeriodSettlement settlement, string member) =>
        settlement.Accounts.FirstOrDefault(account => account.Member == member) is { } account
            ? account.BankedGrams - account.OwedGrams
            : 0;

    private static long ChargeOf(PeriodSettlement settlement, string member) =>
        settlement.Charges.FirstOrDefault(charge => charge.Member == member)?.MinorUnits ?? 0;

    private static string Signed(long grams) =>
        grams.ToString("+0;-0;0", CultureInfo.InvariantCulture);

    private static string More(MemberChange change) => change.MinorUnits < 0 ? "less" : "more";

    private static string MoreUkrainian(MemberChange change) =>
        change.MinorUnits < 0 ? "ви винні менше на" : "ви винні більше на";
}
