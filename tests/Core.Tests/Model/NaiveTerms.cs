namespace Monitoring.Tests.Core.Model;

/// <summary>What the contract of a world says, in plain numbers; each seed has its own.</summary>
internal sealed record NaiveTerms
{
    public const string Bubble = "demo-bubble";
    public const int SelfPercent = 50;
    public const int PayDays = 30;
    public const int RatePerKg = 50_000;

    /// <summary>Never more of a vintage than this.</summary>
    public const long CapGrams = 150_000;

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
        var kind = random.Next(3);
        return new NaiveTerms
        {
            TransferThousandths = random.Next(2) == 0 ? 1_000 : random.Next(1_000, 1_500),
            IsUphillDenied = random.Next(2) == 0,
            InterestBasisPoints = random.Next(3) == 0 ? 0 : random.Next(1, 3_000),
            SuspendAfterDays = random.Next(3) == 0 ? random.Next(1, 60) : int.MaxValue,
            MakeGoodThousandths = random.Next(3) == 0 ? 0 : random.Next(1_000, 3_000),
            MakeGoodDays = random.Next(2) == 0 ? 0 : random.Next(1, 60),
            IsBanked = kind > 0,
            IsFlowControlled = kind == 2,
            FreePercent = kind == 2 ? random.Next(30) : 0,
            BeyondThousandths = kind == 2 ? random.Next(1_000, 2_500) : 1_000,
            IsOldestFirst = random.Next(2) == 0,
            BorrowPercent = random.Next(3) == 0 ? 0 : random.Next(100),
            IsCovered = random.Next(3) > 0,
        };
    }
}
