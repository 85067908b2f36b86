namespace Monitoring.Tests.Simulation;

/// <summary>
/// A bug that is planted into the shells of the simulated world, to show that it is found.
/// </summary>
public enum Mutation
{
    None,

    /// <summary>The hub sends its commit before its store has the records.</summary>
    CommitBeforeStore,

    /// <summary>The gateway takes what it has sent for what the hub has.</summary>
    TrimOnSend,

    /// <summary>The gateway publishes what its disk has not synced yet.</summary>
    PublishBeforeFsync,

    /// <summary>The hub stores what comes a second time once more.</summary>
    DuplicatesStored,

    /// <summary>The hub takes a record although records before it are missing.</summary>
    AheadStored,

    /// <summary>The hub stores a position in a transaction after that of its records.</summary>
    PositionStoredApart,

    /// <summary>The hub gives data to the journal of the last birth, whatever they name.</summary>
    EpochUnread,

    /// <summary>The hub believes a birth that says less than what it has stored.</summary>
    BirthBelieved,

    /// <summary>The gateway deletes the oldest where there is no room, and tells nobody.</summary>
    GapUntold,

    /// <summary>A journal that is begun anew counts from 1 again under the name of the old one.
    /// </summary>
    OffsetsReused,
}

/// <summary>A promise does not hold in the simulated world.</summary>
public sealed class BrokenPromiseException(string what) : Exception(what);
