namespace Monitoring.Server.Storage.Sqlite;

/// <summary>
/// The file <c>books.db</c>: averages, facts, quotas, alerts, the ledger and notices.
/// </summary>
public sealed record Books(Database Database)
{
    public static Books Open(string path) => new(Database.Open(path, BookSchema.Migrations));
}
