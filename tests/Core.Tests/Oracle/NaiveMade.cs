using System.Numerics;
using Monitoring.Core.Contracts;
using Monitoring.Core.Settlement;

namespace Monitoring.Tests.Core.Oracle;

/// <summary>What a member made in a span, as it was told.</summary>
internal sealed record NaiveActivity(
    string Member, DateTimeOffset From, DateTimeOffset Until, BigInteger Quantity);

/// <summary>What follows from what members made: what they may emit, and what goes back.</summary>
internal sealed partial class NaiveSettlement
{
    /// <summary>What members made, in the order of members and times.</summary>
    public IReadOnlyList<NaiveActivity> Made { get; init; } = [];

    /// <summary>What of what was paid goes back to each; nothing where nobody made anything.
    /// </summary>
    public BigInteger[] PaidBack(BigInteger paid)
    {
        Fraction[] made =
        [
            .. _members.Select(member => Sum(
                Made.Where(one => one.Member == member).Select(one => Whole(one.Quantity)))),
        ];
        if (_contract.Refund is not { } refund || Sum(made) == Fraction.Zero)
        {
            return [.. _members.Select(_ => BigInteger.Zero)];
        }

        var kept = (Whole(paid) * new Fraction(refund.AdminPercent, 100)).Nearest(isToEven: false);
        return Split(paid - kept, made);
    }

    private static Fraction Whole(BigInteger number) => new(number, 1);

    // A limit is of micrograms; grams are rounded once, as the masses are.
    private Fraction Allowed(BigInteger micrograms, BigInteger quantity) => new(
        (Whole(micrograms * quantity) / (1_000_000 * _unit)).Nearest(
            _contract.MassRounding.Mode == RoundingMode.HalfEven) * _unit, 1);

    private Fraction AllowedFor(string member, Func<Benchmark, long> limit) => Allowed(
        limit(_contract.Bubble.Benchmarks.First(one => one.Member == member)),
        Made.Where(one => one.Member == member)
            .Aggregate(BigInteger.Zero, (sum, one) => sum + one.Quantity));

    private Fraction[]? OwnLimits() => _contract.Bubble.Benchmarks.IsEmpty
        ? null
        : [.. _members.Select(member => AllowedFor(member, one => one.OwnMicrograms))];

    // What is allowed for what was made is what each holds, and together the cap.
    private void AllowWhatWasMade()
    {
        if (_contract.Bubble.Benchmarks.IsEmpty)
        {
            return;
        }

        _allocation = _members.ToDictionary(
            member => member, member => AllowedFor(member, one => one.Micrograms));
        _cap = Sum(_allocation.Values);
        _accounts = _allocation.ToDictionary(
            pair => pair.Key,
            pair => new MemberAccount(pair.Key, (long)pair.Value.Floor()));
    }

    // Above in one span and below in another are not the same member's to set off: each is added
    // up by itself, and what was emitted while nothing is known to be made is all above.
    private (BigInteger Excess, BigInteger Total, NaiveMember[] Members) SetOff(
        IReadOnlyCollection<EmittedMass> facts, Fraction[] emitted)
    {
        var above = new Fraction[_members.Length];
        var below = Fraction.Zero;
        foreach (var (i, member) in _members.Index())
        {
            var limit = _contract.Bubble.Benchmarks.First(one => one.Member == member).Micrograms;
            var (more, less, seen) = (Fraction.Zero, Fraction.Zero, Fraction.Zero);
            foreach (var span in Made.Where(one => one.Member == member))
            {
                var mass = Emitted([.. facts.Where(fact =>
                    span.From <= fact.Start && fact.Start < span.Until)])[i];
                var rest = mass - Allowed(limit, span.Quantity);
                more += Fraction.Max(0, rest);
                less += Fraction.Max(0, Fraction.Zero - rest);
                seen += mass;
            }

            above[i] = more + Fraction.Max(0, emitted[i] - seen);
            var kept = new Fraction(100 - _contract.Breach.CreditDiscountPercent, 100);
            below += Whole((less * kept).Floor());
        }

        var excess = Fraction.Max(0, Sum(above) - below);
        var answers = excess > 0
            && IsLiable(_contract.Breach.Trigger, emitted, OwnLimits()!)
            ? Apportion(excess, above, emitted)
            : [.. above.Select(_ => Fraction.Zero)];
        var charges = Charges(emitted, answers);
        return (excess.Floor(), charges.Aggregate(BigInteger.Zero, (sum, it) => sum + it),
        [
            .. emitted.Select((grams, i) => new NaiveMember(
                grams.Floor(), above[i].Floor(), answers[i].Floor(), answers[i].Floor(), 0, 0,
                charges[i])
            {
                Use = NaiveUse.Of(new Coverage(0, 0, 0, 0, 0)),
            }),
        ]);
    }
}
