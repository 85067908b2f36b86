namespace Monitoring.Server.Transparency;

/// <summary>Every size, count and time of the public log.</summary>
public static class LogLimits
{
    /// <summary>So many leaves at once enter the tree; the rest follows at once.</summary>
    public const int LeavesPerPublishMax = 65_536;

    /// <summary>Lines of the books that are sent in one piece.</summary>
    public const int BookLinesAtOnce = 200;

    /// <summary>Who reads the books holds what the database may write over.</summary>
    public static readonly TimeSpan BooksReadWithin = TimeSpan.FromMinutes(5);

    public const int WitnessesMax = 50;

    /// <summary>A checkpoint with the signatures of all witnesses is far smaller.</summary>
    public const int CosignatureBytesMax = 16 * 1024;

    public static readonly TimeSpan PublishEvery = TimeSpan.FromSeconds(1);

    /// <summary>A tile never changes, so it may be kept for a year.</summary>
    public static readonly TimeSpan TileKept = TimeSpan.FromDays(365);
}
