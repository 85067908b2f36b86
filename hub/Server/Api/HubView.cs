using Monitoring.Core;
using Monitoring.Core.Averaging;
using Monitoring.Core.Contracts;
using Monitoring.Core.Reprocessing;
using Monitoring.Core.Settlement;
using Monitoring.Server.Engine;
using Monitoring.Server.Ingest;
using Monitoring.Server.Projection;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Api;

/// <summary>What the running hub tells about itself, beside its stores.</summary>
/// <param name="FindTrace">The trace of a fact, charge or settlement; null for another id.</param>
/// <param name="InboxDropped">Payloads dropped because a queue was full, since the start.</param>
public sealed record HubSignals(
    Func<string, Task<Trace?>> FindTrace, Func<bool> IsBrokerConnected, Func<long> InboxDropped,
    Func<IReadOnlyList<DeviceAccount>> Accounts)
{
    /// <summary>What every device shows now, also what is not stored yet.</summary>
    public Func<IReadOnlyList<CurrentDevice>> Current { get; init; } = () => [];

    /// <summary>The version of the contract in force then; null: there is only one.</summary>
    public Func<DateTimeOffset, Contract>? ContractAt { get; init; }

    /// <summary>What members hold of a period now, after all sales, and what they carry.</summary>
    public Func<Contract, Period, PeriodStanding> Standing { get; init; } =
        (_, _) => PeriodStanding.Plain;

    /// <summary>What members planned, and what came.</summary>
    public Func<IReadOnlyList<MemberPlan>> Plans { get; init; } = () => [];

    /// <summary>Where a source stands against its limits; null where it has none.</summary>
    public Func<string, DateTimeOffset, SourceCompliance?> Compliance { get; init; } =
        (_, _) => null;

    /// <summary>The gaps of a source that last; null where there is nothing to say.</summary>
    public Func<string, DateTimeOffset, SourceGaps?> Gaps { get; init; } = (_, _) => null;

    /// <summary>Warnings that are raised now.</summary>
    public Func<IReadOnlyList<WarningRow>> Warnings { get; init; } = () => [];

    /// <summary>What of the fund is open.</summary>
    public Func<IReadOnlyList<OpenItem>> OpenWork { get; init; } = () => [];

    /// <summary>How the tests of a source stand; null for one that is not bound.</summary>
    public Func<string, SourceTests?> Quality { get; init; } = _ => null;

    /// <summary>Configurations that were accepted for stored windows.</summary>
    public Func<IReadOnlyList<AcceptedConfiguration>> Reprocessings { get; init; } = () => [];

    /// <summary>What one of them changes; null where it has more windows than that.</summary>
    public Func<AcceptedConfiguration, int, Difference?> DifferenceOf { get; init; } =
        (_, _) => null;

    /// <summary>What the broker inside the hub refused; null: the broker is another.</summary>
    public BrokerRefusals? Refusals { get; init; }
}

/// <summary>The stores, as everything that shows them needs them.</summary>
public sealed record HubStores(
    RecordLog Log, RecordReader Records, BookReader Books, NoticeBook Notices, Feeds Feeds);

/// <summary>All that API and console show. Nothing of it can be changed through them.</summary>
public sealed record HubView(
    HubStores Stores, Contract Contract, ClusterMap Cluster, HubSettings Settings,
    HubSignals Signals, TimeProvider Time)
{
    public TimeZoneInfo Zone => Settings.TimeZone;

    /// <summary>Null where no InfluxDB is set.</summary>
    public InfluxProjection? Projection { get; init; }

    public required UnexpectedFaults Faults { get; init; }

    public required Statements Statements { get; init; }

    public long NowMs() => Time.GetUtcNow().ToUnixTimeMilliseconds();

    public Period CurrentPeriod() => Period.Containing(ContractNow(), Time.GetUtcNow());

    /// <summary>The version in force now; the newest one may begin later.</summary>
    public Contract ContractNow() => Signals.ContractAt?.Invoke(Time.GetUtcNow()) ?? Contract;
}
