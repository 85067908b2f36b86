using System.Collections.Immutable;
using Monitoring.Core;
using Monitoring.Core.Contracts;
using Monitoring.Core.Fund;
using Monitoring.Core.Settlement;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Wire.Documents;

namespace Monitoring.Server.Commands;

/// <summary>
/// Settles the periods of facts that are given or stored, one after the other, and prints what
/// came out. Nothing is written.
/// </summary>
public sealed class ContractDryRun
{
    private const int PeriodsMax = 200;

    private readonly Contract _contract;
    private readonly bool _isTraced;
    private readonly TextWriter _output;
    private readonly TextWriter _errors;

    public ContractDryRun(
        Contract contract, bool isTraced, TextWriter output, TextWriter errors)
    {
        _contract = contract;
        _isTraced = isTraced;
        _output = output;
        _errors = errors;
    }

    public int OnSample(string file)
    {
        var faults = new Faults();
        var sample = ContractFiles.Bytes(file, faults) is { } bytes
            ? Read(file, System.Text.Encoding.UTF8.GetString(bytes), faults)
            : null;
        ContractFiles.Report(faults, _errors);
        if (sample is null)
        {
            return ExitCode.BadInput;
        }

        Settle(
            sample.Masses.GroupBy(mass => Period.Containing(_contract, mass.Start).Start)
                .OrderBy(group => group.Key)
                .Select(group =>
                    (Period.Containing(_contract, group.Key), group.ToImmutableArray())),
            sample,
            (period, _) => new ReportedActivity(
                [
                    .. sample.Activities.Where(it =>
                        it.Start >= period.Start && it.End <= period.End),
                ],
                []));
        return ExitCode.Ok;
    }

    /// <summary>The facts that a hub has stored; those of members who are no party are left out.
    /// </summary>
    public int OnBooks(string data)
    {
        var path = Path.Combine(data, "books.db");
        if (!File.Exists(path))
        {
            _errors.WriteLine(
                $"{data} has no books.db; name the hub's folder with --data, or sample facts "
                + "with --facts.");
            return ExitCode.BadInput;
        }

        var books = Books.Open(path);
        var state = books.Journal.Read().State;
        Settle(
            Stored(new FactBook(books)), new SampleFacts([], [], []),
            (period, facts) => ActivityRules.In(state, _contract, period, facts));
        return ExitCode.Ok;
    }

    private SampleFacts? Read(string file, string text, Faults faults) =>
        file.EndsWith(".csv", StringComparison.Ordinal)
            ? SampleFactsReader.ReadCsv(file, text, _contract, faults)
            : SampleFactsReader.ReadYaml(file, text, _contract, faults);

    private IEnumerable<(Period, ImmutableArray<EmittedMass>)> Stored(FactBook facts)
    {
        var fromMs = 0L;
        while (facts.NextFactMs(_contract.Bubble.Pollutants, fromMs) is { } factMs)
        {
            var period = Period.Containing(
                _contract, DateTimeOffset.FromUnixTimeMilliseconds(factMs));
            yield return (period, facts.MassesOf(_contract, period).Masses);
            fromMs = period.End.ToUnixTimeMilliseconds();
        }
    }

    private void Settle(
        IEnumerable<(Period Period, ImmutableArray<EmittedMass> Masses)> periods,
        SampleFacts sample, Func<Period, PeriodFacts, ReportedActivity> activityIn)
    {
        var totals = _contract.Parties.ToDictionary(party => party.Member, _ => 0L);
        ImmutableArray<CarryOver>? carried = null;
        var count = 0;
        foreach (var (period, masses) in periods)
        {
            if (++count > PeriodsMax)
            {
                _output.WriteLine($"Only the first {PeriodsMax} periods are shown.");
                break;
            }

            var facts = PeriodFacts.Of(masses);
            var reported = _contract.AsksActivity
                ? activityIn(period, facts)
                : new ReportedActivity([], []);
            if (!reported.Missing.IsEmpty)
            {
                _output.WriteLine(
                    $"{period.Id} cannot be settled: it is not reported what was made at "
                        + string.Join(", ", reported.Missing.Select(one => one.Source)) + ".");
                continue;
            }

            var standing = (carried is { } before
                ? PeriodStanding.Plain.After(before, _contract.Bubble.HoldingsIn(period))
                : PeriodStanding.Plain with { Accounts = sample.Accounts }) with
            {
                Activities = reported.Known,
            };
            var settlement = SettlementRules.Settle(_contract, period, facts, standing);
            Print(period, settlement);
            foreach (var charge in settlement.Charges)
            {
                totals[charge.Member] += charge.MinorUnits;
            }

            carried = settlement.Carried;
        }

        _output.WriteLine(count == 0
            ? "There is no fact of this bubble, so nobody would have paid."
            : "Together: " + string.Join(", ", totals.Select(total =>
                $"{total.Key} {_contract.Currency.Show(total.Value)}")) + ".");
    }

    private void Print(Period period, PeriodSettlement settlement)
    {
        _output.WriteLine(SettlementText.Render(_contract, period, settlement));
        if (_isTraced)
        {
            _output.WriteLine(
                TraceText.Render(settlement.Trace, _contract.Bubble.Period.Zone));
        }
    }
}
