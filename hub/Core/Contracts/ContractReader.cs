using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Monitoring.Wire;
using Monitoring.Wire.Documents;
using Monitoring.Wire.Transparency;

namespace Monitoring.Core.Contracts;

/// <summary>What a contract has to fit into.</summary>
/// <param name="Members">The members of the cluster; null where it cannot be read.</param>
/// <param name="Windows">The windows that facts of the cluster's sources come in.</param>
public sealed record ContractSurroundings(
    IReadOnlyCollection<string>? Members, IReadOnlyCollection<TimeSpan> Windows)
{
    /// <summary>A contract that is read by itself, before there is a cluster.</summary>
    public static readonly ContractSurroundings None = new(null, []);

    /// <summary>Its sources; null where it cannot be read.</summary>
    public IReadOnlyCollection<string>? Sources { get; init; }

    /// <summary>Its zones; null where it cannot be read.</summary>
    public IReadOnlyCollection<string>? Zones { get; init; }
}

/// <summary>Reads a contract and reports everything that is wrong with it at once.</summary>
public static class ContractReader
{
    internal const int PartiesMax = 200;

    /// <summary>The contract, or null when this document added faults.</summary>
    /// <param name="bytes">The file as it is on disk.</param>
    public static Contract? Read(
        string file, byte[] bytes, ContractSurroundings surroundings, Faults faults)
    {
        var before = faults.All.Count;
        var root = DocumentNode.Parse(file, Encoding.UTF8.GetString(bytes), faults);
        if (faults.All.Count > before)
        {
            return null;
        }

        var currency = ReadCurrency(root.Child("currency"));
        var parties = ReadParties(root, surroundings);
        var inForce = root.Instant("in_force");
        var rounding = root.Child("rounding");
        var contract = new Contract
        {
            Id = root.Id("contract"),
            Version = (int)root.Integer("version", 1, 1_000_000),
            Title = root.Text("title"),
            Hash = Convert.ToHexStringLower(SHA256.HashData(root.Canonical())),
            InForce = inForce,
            Currency = currency,
            Parties = parties,
            Bubble = BubbleReader.Read(root.Child("bubble"), parties, surroundings, inForce),
            Alerts = ReadAlerts(root.Child("alerts")),
            Breach = BreachReader.ReadBreach(root.Child("breach")),
            MakeGood = BreachReader.ReadMakeGood(root.OptionalChild("make_good")),
            Charge = BreachReader.ReadCharge(root.Child("charge"), currency, parties, inForce),
            MassRounding = TermsReader.ReadMassRounding(rounding.Child("mass")),
            MoneyRounding = TermsReader.ReadMoneyRounding(rounding.Child("money")),
            Fund = ReadFund(root.Child("fund"), surroundings),
            Refund = TermsReader.ReadRefund(root.OptionalChild("refund")),
            Trade = TermsReader.ReadTrade(root.OptionalChild("trade")),
            Bank = TermsReader.ReadBank(root.OptionalChild("bank")),
            Data = TermsReader.ReadData(root.OptionalChild("data")),
            Calendar = TermsReader.ReadCalendar(root.OptionalChild("calendar")),
            Late = TermsReader.ReadLate(root.OptionalChild("late")),
            Correction = TermsReader.ReadCorrection(root.OptionalChild("correct")),
            Law = TermsReader.ReadLaw(root.OptionalChild("law")),
            Unverified = TermsReader.ReadUnverified(root),
        };
        rounding.RefuseUnknownKeys();
        CheckTogether(root, contract);
        root.RefuseUnknownKeys();
        return faults.All.Count == before ? contract : null;
    }

    /// <summary>What only several clauses together can get wrong.</summary>
    private static void CheckTogether(DocumentNode root, Contract contract)
    {
        var period = contract.Bubble.Period;
        if (period.Kind != PeriodKind.Length || period.Length > TimeSpan.Zero)
        {
            var start = period.Containing(contract.InForce).Start;
            if (start != contract.InForce)
            {
                root.Fault(
                    "in_force", "'in_force' lies inside a period, and what was emitted before it "
                        + "would be charged with the rest",
                    period.Kind == PeriodKind.Length
                        ? $"use a multiple of {DocumentText.Format(period.Length)}, counted from "
                            + "midnight UTC"
                        : "use the first instant of a period, such as "
                            + start.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture));
            }
        }

        if (contract.MakeGood is { AssuranceThousandths: > 0 }
            && contract.Breach.Trigger != Trigger.Both)
        {
            root.Fault(
                "make_good", "'assurance_ratio' is for a breach of the aggregate beside one's own",
                "set 'trigger' of 'breach' to 'both', or remove it");
        }

        if (contract.Bank.Kind == BankKind.FlowControl && contract.Bubble.CapGrams == 0)
        {
            root.Fault(
                "bank", "flow control is a share of the cap, and there is none",
                "write a cap, or set 'carry' to 'free' or 'none'");
        }

        if (!contract.Bubble.Benchmarks.IsEmpty && (contract.Bank != BankRule.None
            || contract.MakeGood is not null || contract.Calendar.HoldDays > 0))
        {
            root.Fault(
                "bubble", "what benchmarks allow is no holding, so nothing of it can be banked, "
                    + "owed in kind or given up",
                "remove 'bank', 'make_good' and 'hold_days', or write holdings");
        }

        if (contract.Bubble.Measure == Measure.Credits
            && contract.Breach.Trigger is Trigger.Member or Trigger.Both)
        {
            root.Fault(
                "breach", "debits and credits are tested for all together only",
                "set 'trigger' to 'aggregate'");
        }
    }

    private static Currency ReadCurrency(DocumentNode node)
    {
        var code = node.Text("code");
        if (code.Length > 0 && (code.Length != 3 || !code.All(char.IsAsciiLetterUpper)))
        {
            node.Fault("code", $"'code' is '{code}'", "use three capital letters, such as 'EUR'");
        }

        var currency = new Currency(code, (int)node.Integer("decimals", 0, 4));
        node.RefuseUnknownKeys();
        return currency;
    }

    private static ImmutableArray<Party> ReadParties(
        DocumentNode root, ContractSurroundings surroundings)
    {
        var parties = ImmutableArray.CreateBuilder<Party>();
        foreach (var node in root.Items("parties", 1, PartiesMax))
        {
            var party = ReadParty(node);
            node.RefuseUnknownKeys();
            if (party.Member.Length == 0)
            {
                continue;
            }

            if (parties.Any(other => other.Member == party.Member))
            {
                node.Fault("member", $"'{party.Member}' is a party twice", "name it once");
            }
            else if (Identifier.IsValid(party.Member)
                && surroundings.Members is { } members && !members.Contains(party.Member))
            {
                node.Fault(
                    "member", $"'{party.Member}' is no member of the cluster",
                    $"use one of: {string.Join(", ", members)}");
            }

            parties.Add(party);
        }

        return parties.ToImmutable();
    }

    private static Party ReadParty(DocumentNode node)
    {
        var party = new Party(node.Id("member"), node.OneOf("role", "core", "dependent"))
        {
            Key = NoteVerifier.Parse(node.OptionalText("key") ?? ""),
        };
        if (node.Has("key")
            && (party.Key is not { Kind: SignatureKind.Ed25519 } key || key.Name != party.Member))
        {
            node.Fault(
                "key", $"it is no public key of '{party.Member}'",
                "use the line that 'contract key --name MEMBER' shows");
        }

        return party;
    }

    private static AlertLevels ReadAlerts(DocumentNode node)
    {
        var levels = new AlertLevels(
            (int)node.Integer("forecast_percent", 1, 1_000),
            (int)node.Integer("member_percent", 1, 1_000),
            (int)node.Integer("bubble_percent", 1, 1_000),
            (int)node.Integer("hysteresis_percent", 0, 50));
        if (levels.ForecastPercent > levels.MemberPercent)
        {
            node.Fault(
                "forecast_percent", "the forecast warns later than the holding itself",
                "set 'forecast_percent' not above 'member_percent'");
        }

        if (levels.HysteresisPercent >= levels.ForecastPercent)
        {
            node.Fault(
                "hysteresis_percent", "an alert could never be cleared",
                "set it below every other level");
        }

        node.RefuseUnknownKeys();
        return levels;
    }

    private static FundSplit ReadFund(
        DocumentNode node, ContractSurroundings surroundings)
    {
        var split = node.Child("split");
        var parts = new FundSplit(
            (int)split.Integer("local_percent", 0, 100),
            (int)split.Integer("programme_percent", 0, 100),
            (int)split.Integer("reserve_percent", 0, 100))
        {
            AdminMaxPercent = (int)(node.OptionalInteger("admin_max_percent", 0, 100) ?? 100),
            LocalMinPercent = (int)(node.OptionalInteger("local_min_percent", 0, 100) ?? 0),
            SelfMaxPercent = (int)(node.OptionalInteger("self_max_percent", 0, 100) ?? 0),
            ScoreMin = (int)(node.OptionalInteger("score_min", 0, 100) ?? 0),
            ZoneKeys = ZoneKeyReader.Read(node, surroundings),
        };
        var sum = parts.LocalPercent + parts.ProgrammePercent + parts.ReservePercent;
        if (node.Has("split") && sum != 100)
        {
            node.Fault("split", $"the split sums to {sum} %", "make its parts sum to 100");
        }

        if (parts.LocalPercent < parts.LocalMinPercent)
        {
            node.Fault(
                "local_min_percent", "the local part is below its own floor",
                "raise 'local_percent' or lower 'local_min_percent'");
        }

        split.RefuseUnknownKeys();
        node.RefuseUnknownKeys();
        return parts;
    }
}
