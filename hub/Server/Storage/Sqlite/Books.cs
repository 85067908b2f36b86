namespace Monitoring.Server.Storage.Sqlite;

/// <summary>
/// The file <c>books.db</c>: averages, facts, quotas, alerts, the ledger and notices.
/// </summary>
public sealed record Books(Database Database)
{
    /// <summary>The one way in which the ledger is written.</summary>
    public JournalBook Journal { get; } = new(Database);

    public static Books Open(string path)
    {
        var database = Database.Open(path, BookSchema.Migrations);
        EarlierEntries.TakeOver(database);
        return new Books(database);
    }
}
