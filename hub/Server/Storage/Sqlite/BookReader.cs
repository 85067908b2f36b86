using Dapper;

namespace Monitoring.Server.Storage.Sqlite;

/// <summary>What to list: a span of time, from after a place in it, at most so many.</summary>
/// <param name="AfterMs">With <paramref name="AfterId"/>, the last row of the page before.</param>
public sealed record PageQuery(
    long FromMs, long ToMs, int Max, long AfterMs = long.MinValue, long AfterId = 0)
{
    /// <summary>Everything there is, from the oldest.</summary>
    public static PageQuery All(int max) => new(long.MinValue, long.MaxValue, max);
}

/// <summary>Reads the books for people and programs. It writes nothing.</summary>
public sealed class BookReader(Database database)
{
    /// <summary>Of a window <c>w</c>.</summary>
    internal const string NewestRevision =
        """
        NOT EXISTS (SELECT 1 FROM window newer WHERE newer.source = w.source
            AND newer.start_ms = w.start_ms AND newer.revision > w.revision)
        """;

    internal const string FactColumns =
        """
        fact.seq AS Seq, fact.id AS Id, fact.source AS Source, fact.member AS Member,
        fact.zone AS Zone, fact.pollutant AS Pollutant, fact.start_ms AS StartMs,
        fact.end_ms AS EndMs, fact.milligrams AS Milligrams, fact.method AS Method,
        fact.quality AS Quality, fact.revision AS Revision, fact.known_ms AS KnownMs,
        fact.inputs AS Inputs
        """;

    private const string QuotaColumns =
        """
        id AS Id, bubble AS Bubble, pollutant AS Pollutant, period AS Period, subject AS Subject,
        at_ms AS AtMs, used_mg AS UsedMg, holding_mg AS HoldingMg, forecast_mg AS ForecastMg
        """;

    private const string AlertColumns =
        """
        seq AS Seq, id AS Id, contract AS Contract, subject AS Subject, level AS Level,
        change AS Change, reason AS Reason, period AS Period, value_mg AS ValueMg,
        limit_mg AS LimitMg, threshold_percent AS ThresholdPercent, provisional AS Provisional,
        at_ms AS AtMs
        """;

    private const string SettlementColumns =
        """
        seq AS Seq, id AS Id, contract AS Contract, contract_hash AS ContractHash,
        period AS Period, start_ms AS StartMs, end_ms AS EndMs, settled_ms AS SettledMs,
        emitted_g AS EmittedG, cap_g AS CapG, excess_g AS ExcessG, total_minor AS TotalMinor,
        windows_known AS WindowsKnown, windows_expected AS WindowsExpected, verdict AS Verdict
        """;

    private const string EntryColumns =
        "seq AS Seq, id AS Id, kind AS Kind, period AS Period, booked_ms AS BookedMs";

    /// <summary>Does one read; it throws where the file cannot be read.</summary>
    public void Probe() => Query<long>("SELECT COUNT(*) FROM cursor", new { });

    /// <summary>Averages of the newest revision of each window, in order of time.</summary>
    public IReadOnlyList<AverageRow> Averages(string? source, string? quantity, PageQuery page) =>
        Query<AverageRow>(
            $"""
            SELECT a.id AS Id, w.source AS Source, a.quantity AS Quantity, a.unit AS Unit,
                a.value AS Value, a.absent_because AS AbsentBecause,
                a.coverage_percent AS CoveragePercent, a.method AS Method, w.start_ms AS StartMs,
                w.end_ms AS EndMs, w.revision AS Revision
            FROM window w JOIN average a ON a."window" = w.id
            WHERE (@source IS NULL OR w.source = @source)
                AND (@quantity IS NULL OR a.quantity = @quantity)
                AND w.start_ms >= @FromMs AND w.start_ms < @ToMs
                AND (w.start_ms, a.id) > (@AfterMs, @AfterId) AND {NewestRevision}
            ORDER BY w.start_ms, a.id LIMIT @Max
            """,
            new
            {
                source, quantity, page.FromMs, page.ToMs, page.AfterMs, page.AfterId, page.Max,
            });

    /// <summary>Averages of another level than windows, newest revisions, in order.</summary>
    public IReadOnlyList<LevelRow> LevelAverages(
        string? source, string? quantity, string level, PageQuery page) =>
        Query<LevelRow>(
            $"""
            SELECT {LevelBook.Columns} FROM level_average l
            WHERE l.level = @level AND (@source IS NULL OR l.source = @source)
                AND (@quantity IS NULL OR l.quantity = @quantity)
                AND l.start_ms >= @FromMs AND l.start_ms < @ToMs
                AND (l.start_ms, l.id) > (@AfterMs, @AfterId) AND {LevelBook.NewestRevision}
            ORDER BY l.start_ms, l.id LIMIT @Max
            """,
            new
            {
                source, quantity, level, page.FromMs, page.ToMs, page.AfterMs, page.AfterId,
                page.Max,
            });

    /// <summary>
    /// The end of the newest window whose newest revision has such an average; null for none.
    /// </summary>
    public long? NewestAverageMs(string? source, string? quantity, long beforeMs) =>
        Query<long?>(
            $"""
            SELECT MAX(w.end_ms) FROM window w JOIN average a ON a."window" = w.id
            WHERE (@source IS NULL OR w.source = @source)
                AND (@quantity IS NULL OR a.quantity = @quantity)
                AND a.value IS NOT NULL AND w.start_ms < @beforeMs AND {NewestRevision}
            """,
            new { source, quantity, beforeMs })[0];

    /// <summary>Facts of the newest revision of each window, in order of time.</summary>
    public IReadOnlyList<FactRow> Facts(string? source, string? pollutant, PageQuery page) =>
        Query<FactRow>(
            $"""
            SELECT {FactColumns} FROM fact JOIN window w ON w.id = fact."window"
            WHERE (@source IS NULL OR fact.source = @source)
                AND (@pollutant IS NULL OR fact.pollutant = @pollutant)
                AND fact.start_ms >= @FromMs AND fact.start_ms < @ToMs
                AND (fact.start_ms, fact.seq) > (@AfterMs, @AfterId) AND {NewestRevision}
            ORDER BY fact.start_ms, fact.seq LIMIT @Max
            """,
            new
            {
                source, pollutant, page.FromMs, page.ToMs, page.AfterMs, page.AfterId, page.Max,
            });

    public long? NewestFactMs(string? source, string? pollutant, long beforeMs) =>
        Query<long?>(
            $"""
            SELECT MAX(fact.end_ms) FROM fact JOIN window w ON w.id = fact."window"
            WHERE (@source IS NULL OR fact.source = @source)
                AND (@pollutant IS NULL OR fact.pollutant = @pollutant)
                AND fact.start_ms < @beforeMs AND {NewestRevision}
            """,
            new { source, pollutant, beforeMs })[0];

    /// <summary>A fact of whichever revision; null where no fact has that id.</summary>
    public FactRow? FactOf(string id) =>
        Query<FactRow>($"SELECT {FactColumns} FROM fact WHERE id = @id", new { id })
            .SingleOrDefault();

    /// <summary>The newest balance of a subject within a period; null before the first.</summary>
    public QuotaRow? QuotaOf(string contract, string subject, string period) =>
        Query<QuotaRow>(
            $"""
            SELECT {QuotaColumns} FROM quota
            WHERE contract = @contract AND subject = @subject AND period = @period
            ORDER BY id DESC LIMIT 1
            """,
            new { contract, subject, period }).SingleOrDefault();

    /// <summary>The first forecast of a period that was issued from a time on.</summary>
    public long? ForecastFrom(string contract, string subject, string period, long atMs) =>
        Query<long?>(
            """
            SELECT forecast_mg FROM quota WHERE contract = @contract AND subject = @subject
                AND period = @period AND at_ms >= @atMs AND forecast_mg IS NOT NULL
            ORDER BY id LIMIT 1
            """,
            new { contract, subject, period, atMs }).SingleOrDefault();

    /// <summary>The newest balance of a subject, of whichever period.</summary>
    public QuotaRow? NewestQuotaOf(string contract, string subject) =>
        Query<QuotaRow>(
            $"""
            SELECT {QuotaColumns} FROM quota WHERE contract = @contract AND subject = @subject
            ORDER BY id DESC LIMIT 1
            """,
            new { contract, subject }).SingleOrDefault();

    public IReadOnlyList<AlertRow> Alerts(PageQuery page) =>
        Query<AlertRow>(
            $"""
            SELECT {AlertColumns} FROM alert
            WHERE at_ms >= @FromMs AND at_ms < @ToMs AND seq > @AfterId ORDER BY seq LIMIT @Max
            """,
            page);

    public IReadOnlyList<AlertRow> NewestAlerts(int max) =>
        Query<AlertRow>(
            $"SELECT {AlertColumns} FROM alert ORDER BY seq DESC LIMIT @max", new { max });

    public IReadOnlyList<StandingAlertRow> StandingAlerts(string contract) =>
        Query<StandingAlertRow>(
            """
            SELECT subject AS Subject, level AS Level, period AS Period FROM alert_state
            WHERE contract = @contract AND raised = 1 ORDER BY subject, level
            """,
            new { contract });

    public IReadOnlyList<SettlementRow> Settlements(PageQuery page) =>
        Query<SettlementRow>(
            $"""
            SELECT {SettlementColumns} FROM settlement
            WHERE start_ms >= @FromMs AND start_ms < @ToMs AND seq > @AfterId
            ORDER BY seq LIMIT @Max
            """,
            page);

    public IReadOnlyList<SettlementRow> NewestSettlements(string contract, int max) =>
        Query<SettlementRow>(
            $"""
            SELECT {SettlementColumns} FROM settlement WHERE contract = @contract
            ORDER BY seq DESC LIMIT @max
            """,
            new { contract, max });

    public IReadOnlyList<ChargeRow> ChargesOf(IEnumerable<string> settlements) =>
        Query<ChargeRow>(
            """
            SELECT id AS Id, settlement AS Settlement, member AS Member,
                apportioned_g AS ApportionedG, minor_units AS MinorUnits
            FROM charge WHERE settlement IN @settlements ORDER BY settlement, member
            """,
            new { settlements });

    /// <summary>Those of the settlements whose facts have changed since.</summary>
    public IReadOnlyList<SettledChange> ChangesOf(IEnumerable<string> settlements)
    {
        using var connection = database.Connect();
        return SettledChanges.Read(connection, settlements);
    }

    /// <summary>What the log tells of acts of a kind, in their order.</summary>
    public IReadOnlyList<string> Acts(string kind) =>
        Query<string>("SELECT body FROM act WHERE kind = @kind ORDER BY seq", new { kind });

    public IReadOnlyList<AccountRow> Accounts() =>
        Query<AccountRow>(
            """
            SELECT account AS Account, asset AS Asset, SUM(MAX(amount, 0)) AS Debits,
                SUM(MAX(-amount, 0)) AS Credits
            FROM posting GROUP BY account, asset ORDER BY account, asset
            """,
            new { });

    public IReadOnlyList<EntryRow> Entries(PageQuery page) =>
        Query<EntryRow>(
            $"""
            SELECT {EntryColumns} FROM entry
            WHERE booked_ms >= @FromMs AND booked_ms < @ToMs AND seq > @AfterId
            ORDER BY seq LIMIT @Max
            """,
            page);

    public IReadOnlyList<EntryRow> NewestEntries(int max) =>
        Query<EntryRow>(
            $"SELECT {EntryColumns} FROM entry ORDER BY seq DESC LIMIT @max", new { max });

    public EntryRow? EntryOf(string id) =>
        Query<EntryRow>($"SELECT {EntryColumns} FROM entry WHERE id = @id", new { id })
            .SingleOrDefault();

    public IReadOnlyList<PostingRow> PostingsOf(IEnumerable<long> entries) =>
        Query<PostingRow>(
            """
            SELECT entry AS Entry, account AS Account, asset AS Asset, amount AS Amount,
                charge AS Charge
            FROM posting WHERE entry IN @entries ORDER BY entry, id
            """,
            new { entries });

    /// <summary>What became of images in windows that start in the span.</summary>
    public IReadOnlyList<FateRow> Fates(long fromMs, long toMs) =>
        Query<FateRow>(
            $"""
            SELECT f.device AS Device, f.rule AS Rule, SUM(f.images) AS Images,
                SUM(f.readings) AS Readings
            FROM window w JOIN fate f ON f."window" = w.id
            WHERE w.start_ms >= @fromMs AND w.start_ms < @toMs AND {NewestRevision}
            GROUP BY f.device, f.rule ORDER BY f.device, f.rule
            """,
            new { fromMs, toMs });

    /// <summary>The newest windows that gave no fact, newest first.</summary>
    public IReadOnlyList<EmptyWindowRow> EmptyWindows(long fromMs, int max) =>
        Query<EmptyWindowRow>(
            $"""
            SELECT w.source AS Source, w.start_ms AS StartMs, w.end_ms AS EndMs,
                w.no_fact_because AS Because
            FROM window w WHERE w.no_fact_because IS NOT NULL AND w.start_ms >= @fromMs
                AND {NewestRevision}
            ORDER BY w.start_ms DESC, w.source LIMIT @max
            """,
            new { fromMs, max });

    private List<T> Query<T>(string sql, object parameters)
    {
        using var connection = database.Connect();
        return connection.Query<T>(sql, parameters).AsList();
    }
}
