using System.Collections.Immutable;
using Monitoring.Wire.Documents;
using Monitoring.Wire.Transparency;

namespace Monitoring.Core.Contracts;

/// <summary>Reads the clauses that most contracts leave at their defaults.</summary>
internal static class TermsReader
{
    private const int AnswerersMax = 20;
    private const int DaysMax = 3_660;
    private const decimal RatioMax = 1_000m;
    private const long Thousandths = 1_000;

    private static readonly string[] ModeNames = ["half-away-from-zero", "half-even"];

    public static MassRounding ReadMassRounding(DocumentNode node)
    {
        var unit = node.OneOf("unit", "g", "kg", "t");
        var rounding = new MassRounding(
            unit switch { "kg" => 1_000, "t" => 1_000_000, _ => 1 },
            ScopeOf(node.OneOf("at", "source", "member", "bubble")),
            node.Has("mode") ? ModeOf(node) : RoundingMode.HalfAwayFromZero);
        node.RefuseUnknownKeys();
        return rounding;
    }

    public static MoneyRounding ReadMoneyRounding(DocumentNode node)
    {
        node.OneOf("unit", "minor");
        var rounding = new MoneyRounding(
            ScopeOf(node.OneOf("at", "member", "bubble")), ModeOf(node));
        if (rounding.At == RoundingScope.Bubble)
        {
            node.OneOf("remainder", "largest");
        }

        node.RefuseUnknownKeys();
        return rounding;
    }

    public static TradeRule ReadTrade(DocumentNode? node)
    {
        if (node is null)
        {
            return TradeRule.Free;
        }

        var denied = ImmutableArray.CreateBuilder<DeniedTrade>();
        foreach (var item in node.Items("deny", 0, 200))
        {
            denied.Add(new DeniedTrade(item.Id("from"), item.Id("to")));
            item.RefuseUnknownKeys();
        }

        var rule = new TradeRule(
            node.OneOf("kind", "free", "none") == "free", Days(node, "window_days"),
            node.Has("ratio") ? BubbleReader.ReadScaled(node, "ratio", Thousandths, RatioMax) ?? 0
                : Thousandths,
            denied.ToImmutable())
        {
            Approval = node.Has("approval")
                ? node.OneOf("approval", "none", "counterparty", "all")
                : "counterparty",
        };
        if (rule.RatioThousandths < Thousandths && node.Has("ratio"))
        {
            node.Fault("ratio", "a sale would make more than was sold", "use 1 or more");
        }

        node.RefuseUnknownKeys();
        return rule;
    }

    public static BankRule ReadBank(DocumentNode? node)
    {
        if (node is null)
        {
            return BankRule.None;
        }

        var kind = node.OneOf("carry", "none", "free", "flow-control") switch
        {
            "free" => BankKind.Free,
            "flow-control" => BankKind.FlowControl,
            _ => BankKind.None,
        };
        var isFlow = kind == BankKind.FlowControl;
        var rule = new BankRule(
            kind, isFlow ? (int)node.Integer("free_percent", 0, 100) : 0,
            isFlow ? BubbleReader.ReadScaled(node, "beyond", Thousandths, RatioMax) ?? Thousandths
                : Thousandths)
        {
            IsOldestFirst = node.Has("use")
                && node.OneOf("use", "oldest-first", "current-first") == "oldest-first",
            BorrowPercent = (int)(node.OptionalInteger("borrow_percent", 0, 100) ?? 0),
        };
        if (isFlow && rule.BeyondThousandths < Thousandths)
        {
            node.Fault("beyond", "what is banked would grow when it is used", "use 1 or more");
        }

        node.RefuseUnknownKeys();
        return rule;
    }

    public static DataRule ReadData(DocumentNode? node)
    {
        if (node is null)
        {
            return DataRule.OfProfile;
        }

        var bands = ImmutableArray.CreateBuilder<DataBand>();
        foreach (var item in node.Items("bands", 0, 50))
        {
            bands.Add(new DataBand(
                (int)item.Integer("availability_percent", 0, 100),
                (int?)item.OptionalInteger("gap_hours", 1, 8_784), item.Id("method")));
            item.RefuseUnknownKeys();
        }

        foreach (var band in bands.GroupBy(band => band.AvailabilityPercentMin))
        {
            if (band.Last().GapHoursMax is not null)
            {
                node.Fault(
                    "bands", $"at {band.Key} % a long gap has no method",
                    "write the last band of an availability without 'gap_hours'");
            }
        }

        if (bands.Count > 0 && bands.All(band => band.AvailabilityPercentMin > 0))
        {
            node.Fault(
                "bands", "a monitor that rarely works has no method",
                "add a band with 'availability_percent: 0'");
        }

        var rule = new DataRule(bands.ToImmutable())
        {
            IsCreditOnlyIfComplete = node.Has("credit")
                && node.OneOf("credit", "always", "if-complete") == "if-complete",
        };
        node.RefuseUnknownKeys();
        return rule;
    }

    public static CalendarRule ReadCalendar(DocumentNode? node)
    {
        if (node is null)
        {
            return CalendarRule.AtOnce;
        }

        var rule = new CalendarRule(
            Days(node, "notice_days"), Days(node, "objection_days"), Days(node, "final_days"),
            Days(node, "hold_days"), Days(node, "pay_days"))
        {
            IsRolled = node.Has("roll")
                && node.OneOf("roll", "none", "next-business-day") == "next-business-day",
            Objections = node.Has("objections")
                ? node.Duration("objections", TimeSpan.FromSeconds(1), TimeSpan.FromDays(1))
                : null,
        };
        if (rule.Objections is not null
            && (rule.NoticeDays, rule.ObjectionDays, rule.FinalDays, rule.HoldDays) != default)
        {
            node.Fault(
                "objections", "it stands beside days of notice, objections, final or holding",
                "remove 'objections', or the days but 'pay_days'");
        }

        if (rule.NoticeDays + rule.ObjectionDays > rule.FinalDays)
        {
            node.Fault(
                "final_days", "the period is final before objections are over",
                "make it at least notice and objection days together");
        }

        if (rule.HoldDays < rule.FinalDays)
        {
            node.Fault(
                "hold_days", "holdings are taken before the period is final",
                "make it at least 'final_days'");
        }

        node.RefuseUnknownKeys();
        return rule;
    }

    public static LateRule ReadLate(DocumentNode? node)
    {
        if (node is null)
        {
            return LateRule.Published;
        }

        var rule = new LateRule(
            node.OptionalNumber("interest_percent_per_year", 0, 100) ?? 0,
            !node.Has("publish") || node.OneOf("publish", "names", "nothing") == "names",
            node.Has("trading") && node.OneOf("trading", "goes-on", "suspended") == "suspended",
            (int)(node.OptionalInteger("plan_within_days", 0, DaysMax) ?? 0));
        if (rule.InterestPercentPerYear != decimal.Round(rule.InterestPercentPerYear, 2))
        {
            node.Fault(
                "interest_percent_per_year", "it has parts of a hundredth of a percent",
                "use at most two decimals");
        }

        node.RefuseUnknownKeys();
        return rule;
    }

    public static CorrectionRule ReadCorrection(DocumentNode? node)
    {
        if (node is null)
        {
            return CorrectionRule.OpenPeriod;
        }

        var reasons = ImmutableArray.CreateBuilder<string>();
        foreach (var item in node.Items("reasons", 1, 10))
        {
            reasons.Add(item.OneOf("reason", "late-facts", "audit", "court", "error"));
            item.RefuseUnknownKeys();
        }

        var rule = new CorrectionRule(
            reasons.ToImmutable(), node.OneOf("increase", "new-deadline", "with-next-period"),
            (int)(node.OptionalInteger("limitation_days", 1, DaysMax) ?? 0));
        if (node.OneOf("decrease", "credit", "return-in-kind") == "return-in-kind")
        {
            node.Fault(
                "decrease", "no ledger says who gave what for a member's duty, so nothing can be "
                    + "returned to those who did",
                "use 'credit': what was given up too much is the member's own again, and money "
                    + "counts against its next charges");
        }

        node.RefuseUnknownKeys();
        return rule;
    }

    public static RefundRule? ReadRefund(DocumentNode? node)
    {
        if (node is null)
        {
            return null;
        }

        var rule = new RefundRule(
            node.Text("output"), (int)(node.OptionalInteger("admin_percent", 0, 100) ?? 0));
        node.RefuseUnknownKeys();
        return rule;
    }

    public static LawRule ReadLaw(DocumentNode? node)
    {
        if (node is null)
        {
            return LawRule.Plain;
        }

        // There is no other choice: a contract among parties cannot lower what a statute asks.
        node.OneOf("statutory_duties", "unaffected");
        if (node.Has("force_majeure")
            && node.OneOf("force_majeure", "none", "relief") == "relief")
        {
            node.Fault(
                "force_majeure", "there is no order that a hub could read, so it would relieve "
                    + "nobody",
                "use 'none'; what an order excuses is agreed in an answer to an objection, or in "
                    + "another version");
        }

        var rule = new LawRule(
            (int)(node.OptionalInteger("amendment_percent", 51, 100) ?? 100))
        {
            MayBeUnsigned = node.Has("signatures")
                && node.OneOf("signatures", "required", "warned") == "warned",
            Answerers = ReadAnswerers(node),
        };
        node.RefuseUnknownKeys();
        return rule;
    }

    private static ImmutableArray<NoteVerifier> ReadAnswerers(DocumentNode law)
    {
        var keys = ImmutableArray.CreateBuilder<NoteVerifier>();
        foreach (var node in law.Has("answers") ? law.Items("answers", 1, AnswerersMax) : [])
        {
            var name = node.Id("name");
            if (NoteVerifier.Parse(node.Text("key")) is { Kind: SignatureKind.Ed25519 } key
                && key.Name == name)
            {
                keys.Add(key);
            }
            else
            {
                node.Fault(
                    "key", $"it is no public key of '{name}'",
                    "use the line that 'contract key --name NAME' shows");
            }

            node.RefuseUnknownKeys();
        }

        return keys.ToImmutable();
    }

    public static ImmutableArray<Unverified> ReadUnverified(DocumentNode root)
    {
        var all = ImmutableArray.CreateBuilder<Unverified>();
        foreach (var node in root.Items("unverified", 0, 50))
        {
            all.Add(new Unverified(node.Text("clause"), node.Text("why")));
            node.RefuseUnknownKeys();
        }

        return all.ToImmutable();
    }

    private static int Days(DocumentNode node, string key) =>
        (int)(node.OptionalInteger(key, 0, DaysMax) ?? 0);

    private static RoundingMode ModeOf(DocumentNode node) =>
        node.OneOf("mode", ModeNames) == ModeNames[1]
            ? RoundingMode.HalfEven
            : RoundingMode.HalfAwayFromZero;

    private static RoundingScope ScopeOf(string name) => name switch
    {
        "source" => RoundingScope.Source,
        "bubble" => RoundingScope.Bubble,
        _ => RoundingScope.Member,
    };
}
