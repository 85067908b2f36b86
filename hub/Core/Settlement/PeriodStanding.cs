using System.Collections.Immutable;
using Monitoring.Core.Contracts;

namespace Monitoring.Core.Settlement;

/// <summary>What a member may emit in a period, and where it comes from. Grams.</summary>
/// <param name="HeldGrams">Of this period, after all sales and purchases.</param>
public sealed record MemberAccount(string Member, long HeldGrams)
{
    /// <summary>Left over from earlier periods.</summary>
    public long BankedGrams { get; init; }

    /// <summary>To be handed over for earlier breaches, and for what was borrowed.</summary>
    public long OwedGrams { get; init; }
}

/// <summary>With what a member begins a period beside its holding. Grams.</summary>
public sealed record CarryOver(string Member, long BankedGrams, long OwedGrams);

/// <summary>What a member did or made in a span, such as heat input, output or MWh.</summary>
public sealed record Activity(
    string Member, DateTimeOffset Start, DateTimeOffset End, long Quantity);

/// <summary>What is known at the cut-off beside the facts.</summary>
public sealed record PeriodStanding
{
    public static readonly PeriodStanding Plain = new();

    /// <summary>A member without one holds what the contract gives it.</summary>
    public ImmutableArray<MemberAccount> Accounts { get; init; } = [];

    public ImmutableArray<Activity> Activities { get; init; } = [];

    /// <summary>The settlement of the same period that this one takes the place of.</summary>
    public string? Replaces { get; init; }

    /// <summary>
    /// How many windows the sources of each member have in the period, with a fact or without.
    /// </summary>
    public IReadOnlyDictionary<string, int> WindowsExpected { get; init; } =
        ImmutableDictionary<string, int>.Empty;

    /// <summary>The same with what the period before left over.</summary>
    public PeriodStanding After(
        ImmutableArray<CarryOver> carried, ImmutableArray<Holding> holdings) => this with
        {
            Accounts =
            [
                .. carried.Select(carry => AccountOf(carry.Member, holdings) with
                {
                    BankedGrams = carry.BankedGrams, OwedGrams = carry.OwedGrams,
                }),
            ],
        };

    /// <summary>The same accounts in their order, with what the period before left over.</summary>
    public PeriodStanding Carrying(
        ImmutableArray<CarryOver> carried, ImmutableArray<Holding> holdings) =>
        Accounts.IsEmpty
            ? After(carried, holdings)
            : this with
            {
                Accounts =
                [
                    .. Accounts.Select(account =>
                        carried.FirstOrDefault(carry => carry.Member == account.Member)
                            is { } carry
                            ? account with
                            {
                                BankedGrams = carry.BankedGrams, OwedGrams = carry.OwedGrams,
                            }
                            : account),
                ],
            };

    /// <summary>The same with what members hold after all sales.</summary>
    /// <param name="heldOf">Null where it is what the contract gives.</param>
    public PeriodStanding Holding(
        Func<string, long?> heldOf, ImmutableArray<Holding> holdings)
    {
        var standing = this;
        foreach (var (member, given) in holdings)
        {
            if (heldOf(member) is { } held && held != given)
            {
                var account = standing.AccountOf(member, holdings);
                standing = standing with
                {
                    Accounts = standing.Accounts.Remove(account)
                        .Add(account with { HeldGrams = held }),
                };
            }
        }

        return standing;
    }

    internal IEnumerable<Activity> ActivitiesOf(string member) =>
        Activities.Where(activity => activity.Member == member);

    internal MemberAccount AccountOf(string member, ImmutableArray<Holding> holdings) =>
        Accounts.FirstOrDefault(account => account.Member == member)
        ?? new MemberAccount(member, holdings.First(holding => holding.Member == member).Grams);
}
