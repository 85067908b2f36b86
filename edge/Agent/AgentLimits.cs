using Monitoring.Wire;

namespace Monitoring.Agent;

/// <summary>Every size, count and time of the agent. Those on the wire are in WireLimits.</summary>
public static class AgentLimits
{
    /// <summary>Registers of one Modbus read; the protocol's own limit.</summary>
    public const int RegistersPerReadMax = 125;

    public const int GatewaysPerSiteMax = 100;

    public const int LinksPerGatewayMax = 50;

    public const int StatusRulesMax = 100;

    public const int SentinelsMax = 16;

    /// <summary>Registers of a text: two characters each, as many as the wire takes.</summary>
    public const int TextRegistersMax = WireLimits.TextBytesMax / 2;

    public const int ForbiddenRangesMax = 50;

    public const int MapVariantsMax = 20;

    public const int MapVectorsMax = 50;

    /// <summary>Runs of registers in one table of a vector.</summary>
    public const int VectorRunsMax = 50;

    /// <summary>Models in the chain of a SunSpec device.</summary>
    public const int SunSpecModelsMax = 100;

    /// <summary>Images that wait in memory while the disk takes none.</summary>
    public const int ImagesInMemoryMax = 2_000;

    /// <summary>Records read from the journal at once, to be sent.</summary>
    public const int RecordsPerReadMax = 64;

    /// <summary>Messages from the broker that wait for the uplink; more are dropped.</summary>
    public const int MessagesWaitingMax = 1_024;

    public const int ReplayRowsMax = 100_000;

    /// <summary>Sockets of one simulated instrument.</summary>
    public const int SimulatedConnectionsMax = 16;

    public const int SimulatedActsMax = 200;

    public const int TimeoutsBeforeReconnect = 3;

    public static readonly TimeSpan CycleMin = TimeSpan.FromMilliseconds(100);

    public static readonly TimeSpan CycleMax = TimeSpan.FromHours(1);

    /// <summary>
    /// As far as the hub lets a clock be ahead of its own; times beyond that it does not use.
    /// </summary>
    public static readonly TimeSpan ClockHeldMax = TimeSpan.FromMinutes(2);

    public static readonly TimeSpan HealthEvery = TimeSpan.FromMinutes(1);

    public static readonly TimeSpan SkippedSaidEvery = TimeSpan.FromMinutes(1);

    /// <summary>How long the first image of a cycle waits for the others.</summary>
    public static readonly TimeSpan AppendGathering = TimeSpan.FromMilliseconds(15);

    public const int WitnessAnswerBytesMax = 64 * 1024;

    public static readonly TimeSpan WitnessEveryMin = TimeSpan.FromSeconds(1);

    public static readonly TimeSpan WitnessEveryMax = TimeSpan.FromDays(1);

    public static readonly TimeSpan WitnessEveryDefault = TimeSpan.FromMinutes(1);

    public static readonly TimeSpan WitnessTimeout = TimeSpan.FromSeconds(20);

    /// <summary>How long a link may hold others up before it gets a thread of its own.</summary>
    public static readonly TimeSpan LinkHoldsUpMax = TimeSpan.FromMilliseconds(20);

    /// <summary>Turns of a link that were soon done, until it is read in turn again.</summary>
    public const int TurnsToShareAgain = 100;

    public static readonly TimeSpan SiteWatchEvery = TimeSpan.FromSeconds(2);

    /// <summary>Any pause that a device map asks for.</summary>
    public static readonly TimeSpan DevicePauseMax = TimeSpan.FromMinutes(1);

    public static readonly TimeSpan LinkTimeoutMin = TimeSpan.FromMilliseconds(20);

    public static readonly TimeSpan LinkTimeoutMax = TimeSpan.FromSeconds(30);

    /// <summary>A wait for an answer looks this often whether the agent ends.</summary>
    public static readonly TimeSpan ReceiveSlice = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// Timeouts after which no answer to an old request is feared any more, of a unit that left
    /// the questions unanswered which would tell.
    /// </summary>
    public const int TimeoutsToSettle = 4;

    /// <summary>Requests of one read that go unanswered, until the rest is not asked.</summary>
    public const int SilentRequestsMax = 2;

    /// <summary>Of one read of a device, beyond its plan: they teach what it refuses.</summary>
    public const int LessonsPerReadMax = 200;

    /// <summary>Of the time of a link, silent units take one part in so many.</summary>
    public const int SilentShareOfLink = 25;

    /// <summary>The same of those that were silent once.</summary>
    public const int DoubtfulShareOfLink = 4;

    /// <summary>
    /// Answers after which a unit is known to be quick: then it is waited for so many times what
    /// that share of them takes, and not less than that, before it is asked again later.
    /// </summary>
    public const int AnswersToBeQuick = 30;

    public const double AnswersThatCount = 0.95;

    public const int PatienceOverUsual = 4;

    public const int PatienceOverUsualMax = 1_024;

    public static readonly TimeSpan PatienceMin = TimeSpan.FromMilliseconds(100);

    /// <summary>A timeout that is so many times the measured need is worth a word.</summary>
    public const int TimeoutFarOff = 20;

    public static readonly TimeSpan UnitBackoffMin = TimeSpan.FromSeconds(2);

    public static readonly TimeSpan UnitBackoffMax = TimeSpan.FromMinutes(5);

    /// <summary>Until a device that said it is busy is asked again.</summary>
    public static readonly TimeSpan BusyPause = TimeSpan.FromMilliseconds(100);

    public static readonly TimeSpan LessonsForgottenAfter = TimeSpan.FromMinutes(10);

    public static readonly TimeSpan LinkBackoffMin = TimeSpan.FromMilliseconds(500);

    public static readonly TimeSpan LinkBackoffMax = TimeSpan.FromSeconds(10);

    public static readonly TimeSpan BrokerBackoffMin = TimeSpan.FromMilliseconds(500);

    public static readonly TimeSpan BrokerBackoffMax = TimeSpan.FromSeconds(15);

    public static readonly TimeSpan BrokerTimeout = TimeSpan.FromSeconds(5);

    /// <summary>What may still be published after a stop was asked for.</summary>
    public static readonly TimeSpan LastPublishing = TimeSpan.FromMilliseconds(1_500);

    /// <summary>From the signal to the end of the process.</summary>
    public static readonly TimeSpan StopWithin = TimeSpan.FromMilliseconds(4_500);
}
