using System.Text.Json;

namespace Monitoring.Server.Api;

/// <summary>
/// Some of a list, oldest first. Where it is empty, it says since when nothing was there before
/// the end of the span, or why there never was.
/// </summary>
/// <param name="NextCursor">Null: this is all there is.</param>
public sealed record Page<T>(
    IReadOnlyList<T> Items, string? NextCursor, string? NoDataSince, string? Reason);

/// <summary>A number that rules were given.</summary>
/// <param name="IsVerified">Read in the text of its source; else traces say that it was not.
/// </param>
public sealed record ConstantAnswer(
    string Name, decimal Value, string Unit, string Source, bool IsVerified);

/// <summary>A span, ISO 8601 with the offset of the hub's time zone.</summary>
public sealed record SpanAnswer(string Start, string End);

/// <summary>Where a record lies in the log.</summary>
public sealed record RecordAnswer(string Gateway, string Epoch, long Offset);

/// <summary>One reading. A null value has a reason.</summary>
/// <param name="Status">As it is judged for averages, but for the state of the plant.</param>
/// <param name="StatusEn17255">The same in the words of EN 17255; null: it has none.</param>
public sealed record ReadingAnswer(
    string Plant, string Gateway, string Device, string Point, string Time, object? Value,
    string? Reason, int Quality, string QualityName, string Status, string? StatusEn17255,
    string ReceivedAt, RecordAnswer Record);

/// <summary>What one device shows now. Provisional: its record is still on its way.</summary>
/// <param name="Since">Since when it is online or not.</param>
public sealed record CurrentAnswer(
    string Plant, string Gateway, string Device, bool Online, string Since, bool Provisional,
    string? ReceivedAt, long CycleOverruns, IReadOnlyList<CurrentPointAnswer> Points);

/// <summary>One point as it stands. A null value has a reason.</summary>
public sealed record CurrentPointAnswer(
    string Point, string Time, object? Value, string? Reason, int Quality, string QualityName);

/// <summary>One average. A null value has a reason.</summary>
/// <param name="Level">The level of its profile; <c>window</c> for that of a window.</param>
/// <param name="WindowsCounted">Of a longer average, the windows behind it; else null.</param>
/// <param name="WindowsLost">Those without a value though the plant may have run.</param>
/// <param name="Method">The rule of a value that was not measured; else null.</param>
public sealed record AverageAnswer(
    string Source, string Quantity, SpanAnswer Window, decimal? Value, string Unit,
    string? Reason, decimal? CoveragePercent, long Revision, string Level,
    long? WindowsCounted, long? WindowsLost, string? Method, string Trace);

/// <summary>The mass that one source emitted in one window.</summary>
public sealed record FactAnswer(
    string Id, string Source, string Member, string Zone, string Pollutant, SpanAnswer Window,
    long MassMg, string Method, string Quality, long Revision, string KnownAt, string Trace);

/// <summary>A fact with the records behind it.</summary>
public sealed record FactDetailAnswer(FactAnswer Fact, IReadOnlyList<string> Inputs);

/// <summary>Where a member, or the bubble itself, stands. Null values have a reason.</summary>
/// <param name="HoldingMg">With benchmarks, by what was reported so far to be made.</param>
public sealed record BalanceAnswer(
    string Subject, string Title, long? UsedMg, long? HoldingMg, decimal? UsedPercent,
    long? ForecastMg, decimal? ForecastPercent, string? At, string? NoDataSince, string? Reason)
{
    /// <summary>What of the holding is left; below 0 where it is passed.</summary>
    public long? LeftMg { get; init; }
}

/// <summary>
/// What the current period would cost if it ended now, by all that is known of it. Not owed yet.
/// </summary>
public sealed record ProvisionalAnswer(
    long ExcessG, long AmountMinor, string Currency,
    IReadOnlyList<ProvisionalMemberAnswer> Members);

public sealed record ProvisionalMemberAnswer(
    string Member, long OwnExcessG, long AnswersForG, long MakeGoodG, long AmountMinor);

/// <summary>The bubble in its current period, and the newest verdicts on earlier ones.</summary>
public sealed record BubbleAnswer(
    string Id, string Contract, int ContractVersion, string ContractHash, string Pollutant,
    string PeriodId, SpanAnswer Period, BalanceAnswer Bubble,
    IReadOnlyList<BalanceAnswer> Members, IReadOnlyList<SettlementAnswer> Settled)
{
    /// <summary>Null where nothing is known of the period, or the rules need more.</summary>
    public ProvisionalAnswer? Provisional { get; init; }
}

/// <summary>One change of one alert.</summary>
public sealed record AlertAnswer(
    string Id, string Subject, string Level, string Kind, string Reason, string PeriodId,
    long? ValueMg, long LimitMg, decimal? Percent, long ThresholdPercent, bool Provisional,
    string At, string Text);

/// <summary>What one member owes for a period.</summary>
public sealed record ChargeAnswer(
    string Id, string Member, long ApportionedG, long AmountMinor, string Currency, string Trace);

/// <summary>
/// What one period came to, as far as it is known: a window without a mass is not counted.
/// </summary>
/// <param name="FactsChanged">Null where its facts are those that were settled.</param>
public sealed record SettlementAnswer(
    string Id, string Contract, string ContractHash, string PeriodId, SpanAnswer Period,
    string SettledAt, long EmittedG, long CapG, long ExcessG, long AmountMinor, string Currency,
    long WindowsKnown, long WindowsExpected, IReadOnlyList<ChargeAnswer> Charges,
    JsonElement Verdict, string Trace, FactsChangedAnswer? FactsChanged);

/// <summary>
/// Late data changed facts of a period after it was settled. The settlement stays as it is.
/// </summary>
/// <param name="MassMg">More than was settled; below 0 where it is less.</param>
public sealed record FactsChangedAnswer(long MassMg, string Since, string Text);

/// <summary>
/// One account. The balance is what the fund holds in it, or what the member owes.
/// </summary>
public sealed record AccountAnswer(
    string Account, string Meaning, long BalanceMinor, long DebitsMinor, long CreditsMinor,
    string Currency, int CurrencyDecimals);

/// <summary>All accounts; an empty fund says why.</summary>
public sealed record AccountsAnswer(IReadOnlyList<AccountAnswer> Accounts, string? Reason);

/// <summary>One line of an entry. A debit is above 0, a credit below.</summary>
public sealed record PostingAnswer(
    string Account, long AmountMinor, string Currency, string Charge, string Trace);

/// <summary>One balanced entry of the ledger.</summary>
public sealed record EntryAnswer(
    string Id, string Kind, string PeriodId, string BookedAt,
    IReadOnlyList<PostingAnswer> Postings);

/// <summary>How far one journal is stored.</summary>
public sealed record GatewayAnswer(
    string Plant, string Gateway, string Epoch, long CommittedOffset, string? LastHeardAt,
    string? Reason);

/// <summary>Offsets that will never come, and why.</summary>
public sealed record GapAnswer(
    string Plant, string Gateway, string Epoch, long FirstOffset, long LastOffset,
    string Reason, string DeclaredAt);

/// <summary>A gateway's clock was set right; what it wrote before was that much later.</summary>
/// <param name="Moved">Images that are averaged at their right time.</param>
/// <param name="Kept">Images that stayed at their wrong time; of older releases only.</param>
public sealed record ClockCorrectionAnswer(
    string Plant, string Gateway, string Epoch, long FirstOffset, long LastOffset, long ShiftMs,
    string DeclaredAt, long Moved, long Kept);

/// <summary>All gateways that were ever heard.</summary>
public sealed record GatewaysAnswer(
    IReadOnlyList<GatewayAnswer> Gateways, IReadOnlyList<GapAnswer> Gaps,
    IReadOnlyList<ClockCorrectionAnswer> ClockCorrections);

/// <summary>A payload that could not be read, its first bytes in base64.</summary>
public sealed record RejectAnswer(string ReceivedAt, string Topic, string Fault, string Bytes);

/// <summary>How many payloads could not be read, and the newest of them.</summary>
/// <param name="ProjectionRejected">Points that InfluxDB refused for good.</param>
public sealed record RejectsAnswer(
    long RejectedPayloads, IReadOnlyList<RejectAnswer> Newest, long ProjectionRejected);

/// <summary>One thing that the broker inside the hub refused.</summary>
public sealed record RefusalAnswer(string At, string Kind, string Who, string What);

/// <summary>What the broker inside the hub refused, by kind, and the newest.</summary>
/// <param name="Reason">Why there is nothing to say; null where there is.</param>
public sealed record RefusalsAnswer(
    IReadOnlyDictionary<string, long> Counts, IReadOnlyList<RefusalAnswer> Newest, string? Reason);

/// <summary>A record that could never be read, all its bytes in base64.</summary>
public sealed record QuarantinedAnswer(
    string Plant, string Gateway, string Epoch, long Offset, string ReceivedAt, string Topic,
    string Fault, string Bytes);

/// <summary>Records in quarantine; the journals went on without them.</summary>
public sealed record QuarantineAnswer(long Records, IReadOnlyList<QuarantinedAnswer> Newest);

/// <summary>A point that InfluxDB refused for good, and what it said.</summary>
public sealed record RefusedPointAnswer(string RefusedAt, string Line, string Error);

/// <summary>One table that is projected.</summary>
public sealed record ProjectedTableAnswer(string Table, long RowsWaiting);

/// <summary>How far InfluxDB is.</summary>
/// <param name="WaitsSince">Null while it takes points.</param>
/// <param name="Reason">Why it does not take points; null while it does.</param>
public sealed record ProjectionAnswer(
    string? Url, string? WaitsSince, string? Reason, IReadOnlyList<ProjectedTableAnswer> Tables,
    long RefusedPoints, IReadOnlyList<RefusedPointAnswer> NewestRefused);

/// <summary>A notice that is not delivered.</summary>
public sealed record NoticeAnswer(
    string Id, string Channel, string State, long Attempts, string? LastError,
    string CreatedAt, string? NextAttemptAt, JsonElement Body);

/// <summary>Notices that wait or were given up.</summary>
public sealed record NoticesAnswer(
    long Waiting, long Dead, IReadOnlyList<NoticeAnswer> Undelivered);

/// <summary>Whether the hub can do its work, and what is missing.</summary>
public sealed record ReadyAnswer(bool Ready, IReadOnlyDictionary<string, string> Checks);

/// <param name="Contract">Whose version holds now; its parties agreed on the keys.</param>
public sealed record ZoneKeysAnswer(
    string Contract, int Version, IReadOnlyList<ZoneKeyAnswer> Sources);

/// <param name="Provenance">
/// declared, distance-decay, dispersion-model or deposition-measured.
/// </param>
/// <param name="Version">0 where no key is written, and all is for where the source stands.</param>
/// <param name="UncertaintyPoints">
/// Either way of each part, percentage points at 95 % confidence; null where no key is written.
/// </param>
public sealed record ZoneKeyAnswer(
    string Source, IReadOnlyList<ZoneShareAnswer> Zones, string Provenance, int Version,
    decimal? UncertaintyPoints, string Text, string TextUk);

public sealed record ZoneShareAnswer(string Zone, string Title, decimal Percent);

/// <param name="Total">The most voices that a vote can have.</param>
/// <param name="Reason">Why there is no holder; null where there are some.</param>
public sealed record SharesAnswer(
    IReadOnlyList<ShareAnswer> Holders, long Total, string? Reason);

/// <param name="Holder">A name that it chose itself.</param>
public sealed record ShareAnswer(string Holder, long Shares);

/// <param name="Reason">Why there is none; null where there are some.</param>
public sealed record OpenWorkAnswer(IReadOnlyList<OpenItemAnswer> Items, string? Reason);

/// <param name="Kind">
/// published, plan, suspended, objection, order, covering, short or activity.
/// </param>
/// <param name="Id">
/// The charge or duty, the objection, the request that was refused, or period/member.
/// </param>
public sealed record OpenItemAnswer(
    string Kind, string Id, string? Member, string? PeriodId, string Since, string? Due,
    bool IsOverdue, string Text, string TextUk);
