using Microsoft.Data.Sqlite;

namespace Monitoring.Agent.Journal;

/// <summary>What is to be done about a journal file that does not open.</summary>
internal enum OpenFaultKind
{
    /// <summary>Keep the file aside and begin a new journal.</summary>
    Damaged,

    /// <summary>Leave it alone: another process or a newer program owns it.</summary>
    Foreign,

    /// <summary>The disk does not take it now: try again later.</summary>
    Disk,
}

/// <summary>Why a journal file does not open.</summary>
internal sealed record OpenFault(OpenFaultKind Kind, string Detail)
{
    private const int SqliteError = 1;
    private const int SqliteBusy = 5;
    private const int SqliteCorrupt = 11;
    private const int SqliteSchema = 17;
    private const int SqliteNotADatabase = 26;

    public static OpenFault Of(SqliteException e) => e.SqliteErrorCode switch
    {
        SqliteBusy => new OpenFault(OpenFaultKind.Foreign, "another process uses it"),

        // A damaged schema shows as a plain error: no such table, malformed schema.
        SqliteCorrupt or SqliteNotADatabase or SqliteError or SqliteSchema =>
            new OpenFault(OpenFaultKind.Damaged, e.Message),
        _ => new OpenFault(OpenFaultKind.Disk, e.Message),
    };
}
