using System.Collections.Immutable;
using System.Text;
using Dapper;
using Monitoring.Core;
using Monitoring.Core.Alerts;
using Monitoring.Core.Amendments;
using Monitoring.Core.Averaging;
using Monitoring.Core.Contracts;
using Monitoring.Core.Fund;
using Monitoring.Core.Mass;
using Monitoring.Core.Settlement;
using Monitoring.Server.Engine;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Server.Transparency;
using Monitoring.Tests.Core;
using Monitoring.Wire.Documents;
using Monitoring.Wire.Transparency;

namespace Monitoring.Tests.Transparency;

/// <summary>Books as the engine writes them under the demo's contract, told in their log.</summary>
internal sealed class WrittenBooks
{
    public const long WindowMs = 10_000;

    // The periods here are of before the demo's contract.
    private static readonly ClusterMap Cluster = Shipped.Cluster with
    {
        Sources =
        [
            .. Shipped.Cluster.Sources.Select(source =>
                source with { From = DateTimeOffset.UnixEpoch }),
        ],
    };

    private readonly byte[] _told;
    private readonly FactBook _facts;
    private readonly QuotaBook _quotas;
    private readonly LedgerBook _ledger;

    /// <param name="clauses">Of the contract, beside the demo's own; both its members sign.</param>
    public WrittenBooks(string file, string clauses = "")
    {
        var text = Shipped.Text("contracts/demo.yaml") + clauses;
        var faults = new Faults();
        Contract = ContractReader.Read(
            "demo.yaml", Encoding.UTF8.GetBytes(text), Shipped.Surroundings, faults)!;
        Assert.Equal("", string.Join('\n', faults.All));
        _told = Told(Contract, text);
        Books = Books.Open(file);
        Log = new PublicLog(Books);
        _facts = new FactBook(Books);
        _quotas = new QuotaBook(Books);
        _ledger = new LedgerBook(Books);
    }

    public Contract Contract { get; }

    public Books Books { get; }

    public PublicLog Log { get; }

    public static NoteSigner Signer { get; } = new(
        "monitoring/demo", SignatureKind.Ed25519, [.. Enumerable.Repeat((byte)7, 32)]);

    public static long PeriodStartMs =>
        PeriodOf(Shipped.Contract, Images.StartMs).Start.ToUnixTimeMilliseconds();

    public static byte[] ContractTold =>
        Told(Shipped.Contract, Shipped.Text("contracts/demo.yaml"));

    public void Begin() => Log.Begin(_told);

    /// <summary>A whole period of both members, told as it went, settled at its end.</summary>
    /// <param name="milligrams">Of each window of each member.</param>
    public void Period(int number, long milligrams)
    {
        var startMs = PeriodStartMs + (number * 6 * WindowMs);
        for (var window = 0; window < 6; window++)
        {
            Window(0, startMs + (window * WindowMs), milligrams + window);
            Window(1, startMs + (window * WindowMs), milligrams * 2);
        }

        Balance(startMs, milligrams);
        Settle(startMs);
    }

    /// <summary>Amendments, told as they are entered.</summary>
    public void Amend(long atMs, params IReadOnlyList<Amendment> amendments) =>
        new AmendmentBook(Books).Add(amendments, atMs);

    public void Window(
        int source, long startMs, long milligrams, int revision = 1, string? because = null)
    {
        var binding = Shipped.Cluster.Sources[source];
        var window = new Window(startMs, startMs + WindowMs);
        var fact = new Fact
        {
            Id = "", Source = binding.Id, Pollutant = "nox", Window = window,
            Milligrams = milligrams, Method = "test", Quality = "Valid", Revision = revision,
            KnownAt = DateTimeOffset.UnixEpoch,
            Inputs = [new RecordId(binding.Plant, binding.Gateway, "e1", startMs)],
        };
        var result = WindowCalculation.Compute(
            binding, Shipped.Profile, window,
            new Dictionary<string, ImmutableArray<SourceImage>>
            {
                ["gas-analyser"] = [], ["flow-meter"] = [],
            },
            revision, DateTimeOffset.UnixEpoch);
        _facts.WriteAsync(
            binding,
            result with { Facts = [fact with { Id = Fact.IdOf(fact) }], NoFactBecause = null },
            7, startMs + WindowMs, ImmutableDictionary<string, long>.Empty,
            revision > 1 ? because ?? RevisionReason.LateData : null)
            .GetAwaiter().GetResult();
    }

    /// <summary>A look at the balance that raises an alert of the first member.</summary>
    public void Balance(long startMs, long milligrams)
    {
        var period = PeriodOf(Contract, startMs);
        var key = new AlertKey(Contract.Id, period.Id, "member-a", AlertLevel.Member);
        var seen = AlertRules.Observe(
            Contract, period, QuotaLimits.Given(Contract, period),
            new Dictionary<string, MemberUse>
            {
                ["member-a"] = new(900_000, TimeSpan.FromSeconds(9)),
                ["member-b"] = new(1, TimeSpan.FromSeconds(9)),
            },
            true).Single(one => one.Key == key);
        var step = AlertRules.Step(
            AlertState.Initial(key), seen, DateTimeOffset.FromUnixTimeMilliseconds(startMs));
        _quotas.WriteAsync(new QuotaStep(
            Contract, period,
            [
                new QuotaLine("member-a", startMs, milligrams, 300_000, milligrams * 6),
                new QuotaLine(Contract.Bubble.Id, startMs, milligrams, 1_980_000, null),
            ],
            [step.State], [step.Transition!], [])).GetAwaiter().GetResult();
    }

    /// <summary>Settles a period; again, it puts right what changed since.</summary>
    public void Settle(long startMs)
    {
        var period = PeriodOf(Contract, startMs);
        var standing = _ledger.StandingOf(Contract.Id, period.Id)?.Settlement;
        var (masses, seen) = _facts.MassesOf(Contract, period);
        var settlement = SettlementRules.Settle(
            Contract, period, PeriodFacts.Of(masses),
            PeriodStanding.Plain with { Replaces = standing?.Id });
        var nowMs = startMs + (6 * WindowMs);
        var terms = FundClauses.TermsOf(Contract, Shipped.Cluster);
        var keys = ZoneKeys.Of(Shipped.Cluster, Contract);
        _ledger.Book(
            new SettledPeriod(period, "nox", settlement, seen),
            standing is null
                ? FundClauses.RequestsOf(
                    Contract, period, settlement,
                    FundPostings.ForCharges(Contract, settlement, keys),
                    _ledger.Books().Ledger.StateOf(period.Id), nowMs)
                : FundClauses.CorrectionOf(
                    Contract, (period, period), settlement,
                    FundPostings.ForRestatement(Contract, settlement, keys, period.Id),
                    _ledger.Books(), nowMs),
            terms, nowMs);
    }

    /// <summary>What people ask of the fund; all of it is taken.</summary>
    public void Ask(long atMs, params IEnumerable<FundCommand> commands)
    {
        var answers = Books.Journal.Take(
            [.. commands.Select((command, i) => new FundRequest($"{atMs}/{i}", command))],
            FundClauses.TermsOf(Contract, Cluster) with
            {
                FactsIn = new MeasuredSpans(Books).In,
            },
            atMs);
        Assert.All(answers, answer => Assert.True(answer.IsAccepted, answer.Reason));
    }

    public void Execute(string sql)
    {
        using var connection = Books.Database.Connect();
        connection.Execute(sql);
    }

    public T Query<T>(string sql)
    {
        using var connection = Books.Database.Connect();
        return connection.QuerySingle<T>(sql);
    }

    /// <summary>A contract of the demo's members, signed by both.</summary>
    public static byte[] Told(Contract contract, string text)
    {
        var canonical = DocumentNode.Parse("demo.yaml", text, new Faults()).Canonical();
        return ContractLeaf.Of(contract, canonical, contract.Parties.Select(party =>
            NoteSigner.Parse(
                Shipped.Text($"contracts/demo-keys/{party.Member}.key").TrimEnd('\n'))!
                .Sign(Encoding.UTF8.GetString(canonical))));
    }

    private static Period PeriodOf(Contract contract, long ms) =>
        Monitoring.Core.Contracts.Period.Containing(
            contract, DateTimeOffset.FromUnixTimeMilliseconds(ms));
}
