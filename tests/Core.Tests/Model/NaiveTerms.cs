namespace Monitoring.Tests.Core.Model;

/// <summary>What the contract of a world says, in plain numbers; each seed has its own.</summary>
internal sealed record NaiveTerms
{
    public const string Bubble = "demo-bubble";
    public const int SelfPercent = 50;
    public const int PayDays = 30;
    public const int RatePerKg = 50_000;

    /// <summary>What is made is counted in it.</summary>
    public const string Unit = "t";

    /// <summary>Of a span, for a project to be measured.</summary>
    public const int MeasuredPercentMin = 90;

    /// <summary>Never more of a vintage than this; none where holdings follow what is made.
    /// </summary>
    public long CapGrams => IsByMade ? 0 : 150_000;

    /// <summary>What is paid goes back to members by what they made.</summary>
    public bool IsPaidBack { get; init; }

    /// <summary>What of it is kept for the cost of doing so.</summary>
    public int KeptPercent { get; init; }

    /// <summary>Members may emit what is allowed for what they made.</summary>
    public bool IsByMade { get; init; }

    /// <summary>What one is above that is set off with what others are below.</summary>
    public bool IsSetOff { get; init; }

    /// <summary>What of it is not set off.</summary>
    public int DiscountPercent { get; init; }

    /// <summary>Micrograms for a unit made, of each member, by the law and by the plan.</summary>
    public IReadOnlyList<(long Law, long Own)> Limits { get; init; } = [];

    /// <summary>Whether period and members need to be told what was made.</summary>
    public bool AsksMade => IsPaidBack || IsByMade;

    /// <summary>Each answers for its own excess, whatever the others emit.</summary>
    public bool IsOwnTrigger { get; init; }

    /// <summary>While each keeps its limit of the plan, nobody answers.</summary>
    public bool IsTwoRoute { get; init; }

    /// <summary>For which a final period may be put right.</summary>
    public IReadOnlyList<string> Reasons { get; init; } = [];

    /// <summary>For so long after its end; 0: for ever.</summary>
    public int LimitationDays { get; init; }

    /// <summary>No project with a lower score is voted in.</summary>
    public int ScoreMin { get; init; }

    /// <summary>Given for 1 000 that arrive.</summary>
    public long TransferThousandths { get; init; } = 1_000;

    /// <summary>Nothing may be sold from zone 2 to zone 1.</summary>
    public bool IsUphillDenied { get; init; }

    public int InterestBasisPoints { get; init; }

    public int SuspendAfterDays { get; init; } = int.MaxValue;

    public int MakeGoodDays { get; init; }

    /// <summary>0 for a contract without.</summary>
    public long MakeGoodThousandths { get; init; }

    /// <summary>What is left over is kept; otherwise it is retired.</summary>
    public bool IsBanked { get; init; }

    public bool IsFlowControlled { get; init; }

    public int FreePercent { get; init; }

    public long BeyondThousandths { get; init; } = 1_000;

    public bool IsOldestFirst { get; init; }

    public int BorrowPercent { get; init; }

    /// <summary>The hub covers what was emitted, as settled; otherwise persons do.</summary>
    public bool IsCovered { get; init; }

    public static NaiveTerms Of(Random random)
    {
        // Holdings that follow what is made are in no books: nothing of them is kept or owed.
        var made = random.Next(8);
        var kind = made < 2 ? 0 : random.Next(3);
        string[] reasons = ["late-facts", "audit", "court"];
        return new NaiveTerms
        {
            IsByMade = made < 2,
            IsSetOff = made == 1,
            IsPaidBack = made is 2 or 3 || (made == 0 && random.Next(2) == 0),
            KeptPercent = random.Next(2) == 0 ? 0 : random.Next(101),
            DiscountPercent = random.Next(50),
            Limits =
            [
                .. Enumerable.Range(0, World.Members).Select(_ => (
                    random.NextInt64(30_000_000), random.NextInt64(30_000_000))),
            ],
            IsOwnTrigger = made == 3 || (made == 0 && random.Next(3) == 0),
            IsTwoRoute = made < 2 && random.Next(2) == 0,
            Reasons = [.. reasons.Where(_ => random.Next(3) > 0)],
            LimitationDays = random.Next(2) == 0 ? 0 : random.Next(1, 120),
            ScoreMin = random.Next(60),
            TransferThousandths = random.Next(2) == 0 ? 1_000 : random.Next(1_000, 1_500),
            IsUphillDenied = random.Next(2) == 0,
            InterestBasisPoints = random.Next(3) == 0 ? 0 : random.Next(1, 3_000),
            SuspendAfterDays = random.Next(3) == 0 ? random.Next(1, 60) : int.MaxValue,
            MakeGoodThousandths =
                made < 2 || random.Next(3) == 0 ? 0 : random.Next(1_000, 3_000),
            MakeGoodDays = random.Next(2) == 0 ? 0 : random.Next(1, 60),
            IsBanked = kind > 0,
            IsFlowControlled = kind == 2,
            FreePercent = kind == 2 ? random.Next(30) : 0,
            BeyondThousandths = kind == 2 ? random.Next(1_000, 2_500) : 1_000,
            IsOldestFirst = random.Next(2) == 0,
            BorrowPercent = made < 2 || random.Next(3) == 0 ? 0 : random.Next(100),
            IsCovered = made >= 2 && random.Next(3) > 0,
        };
    }
}
