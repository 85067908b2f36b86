using System.Collections.Immutable;
using Monitoring.Core.Contracts;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Wire.Documents;

namespace Monitoring.Server.Engine;

/// <summary>
/// The versions of one contract that this hub has served, and which of them holds when. A period
/// is settled, and put right, by the version that was in force when it began.
/// </summary>
public sealed class ContractVersions
{
    private readonly ImmutableArray<Contract> _earlier;

    /// <param name="newest">The one that the hub serves now.</param>
    public ContractVersions(Books books, Contract newest)
        : this(newest, Read(new ContractBook(books), newest))
    {
    }

    private ContractVersions(Contract newest, IReadOnlyCollection<Contract> served)
    {
        Newest = newest;
        _earlier =
        [
            .. served.Where(other => other.Hash != newest.Hash && other.Version <= newest.Version)
                .OrderBy(other => other.InForce).ThenBy(other => other.Version),
        ];
    }

    public Contract Newest { get; }

    /// <summary>The version before the newest; null where this hub never served one.</summary>
    public Contract? Before => _earlier
        .Where(other => other.Version < Newest.Version).MaxBy(other => other.Version);

    /// <summary>One contract and no other version of it.</summary>
    public static ContractVersions Only(Contract contract) => new(contract, []);

    /// <summary>
    /// The one in force then. Before all of them it is the first; a text that took the place of
    /// another from the same instant on holds alone.
    /// </summary>
    public Contract At(DateTimeOffset instant) =>
        instant >= Newest.InForce ? Newest
        : _earlier.LastOrDefault(other => other.InForce <= instant)
            ?? _earlier.FirstOrDefault(other => other.InForce < Newest.InForce)
            ?? Newest;

    /// <summary>All that hold at some instant of a span, in the order of time.</summary>
    public IEnumerable<Contract> Within(DateTimeOffset from, DateTimeOffset until) =>
        _earlier.Append(Newest)
            .Where(one => from < one.InForce && one.InForce < until && At(one.InForce) == one)
            .Prepend(At(from));

    /// <summary>Null for one that this hub does not know.</summary>
    public Contract? Of(string hash) =>
        hash == Newest.Hash ? Newest : _earlier.LastOrDefault(other => other.Hash == hash);

    public Period PeriodAt(DateTimeOffset instant) => Period.Containing(At(instant), instant);

    public Period PeriodAt(long ms) => PeriodAt(DateTimeOffset.FromUnixTimeMilliseconds(ms));

    /// <summary>The period of that id, or null where no version has such.</summary>
    public Period? Parse(string id) => _earlier.Prepend(Newest)
        .Select(contract => Period.Parse(contract, id))
        .FirstOrDefault(period => period is not null && At(period.Start) is var own
            && Period.Containing(own, period.Start) == period);

    // A text that a later release does not take any more holds nothing up.
    private static List<Contract> Read(ContractBook book, Contract newest) =>
    [
        .. book.All(newest.Id)
            .Select(kept => ContractReader.Read(
                kept.Hash, kept.Document, ContractSurroundings.None, new Faults()))
            .OfType<Contract>(),
    ];
}
