using Dapper;
using Monitoring.Core.Warnings;
using Monitoring.Server.Notify;

namespace Monitoring.Server.Storage.Sqlite;

/// <summary>A change of a warning as it lies in the books.</summary>
public sealed record WarningRow(
    long Seq, string Id, string Source, string Quantity, string Kind, string Subject, long Raised,
    string Text, long AtMs);

/// <summary>Warnings raised and cleared, with their notices; rows are added only.</summary>
public sealed class WarningBook(Books books)
{
    internal const string Columns =
        """
        seq AS Seq, id AS Id, source AS Source, quantity AS Quantity, kind AS Kind,
        subject AS Subject, raised AS Raised, text AS Text, at_ms AS AtMs
        """;

    private readonly Database _books = books.Database;

    /// <summary>How the warnings of a source stand.</summary>
    public IReadOnlyList<WarningState> StatesOf(string source)
    {
        using var connection = _books.Connect();
        return connection.Query<WarningRow>(
            $"SELECT {Columns} FROM warning WHERE source = @source ORDER BY seq", new { source })
            .GroupBy(row => new WarningKey(
                row.Source, row.Quantity, Enum.Parse<WarningKind>(row.Kind), row.Subject))
            .Select(rows => new WarningState(rows.Key, rows.Last().Raised == 1, rows.Count()))
            .ToList();
    }

    /// <summary>The newest change of each warning that is raised now, oldest first.</summary>
    public IReadOnlyList<WarningRow> Raised()
    {
        using var connection = _books.Connect();
        return connection.Query<WarningRow>(
            $"""
            SELECT {Columns} FROM warning w WHERE raised = 1 AND NOT EXISTS(
                SELECT 1 FROM warning n WHERE n.source = w.source AND n.quantity = w.quantity
                    AND n.kind = w.kind AND n.subject = w.subject AND n.seq > w.seq)
            ORDER BY seq
            """).AsList();
    }

    public Task WriteAsync(
        IReadOnlyList<WarningChange> changes, IReadOnlyList<Notice> notices) =>
        _books.WriteAsync((connection, transaction) =>
        {
            connection.Execute(
                """
                INSERT INTO warning(id, source, quantity, kind, subject, raised, text, at_ms)
                VALUES(@Id, @Source, @Quantity, @Kind, @Subject, @Raised, @Text, @AtMs)
                ON CONFLICT DO NOTHING
                """,
                changes.Select(change => new
                {
                    change.Id, change.Key.Source, change.Key.Quantity,
                    Kind = change.Key.Kind.ToString(), change.Key.Subject,
                    Raised = change.IsRaised ? 1 : 0, change.Text,
                    AtMs = change.At.ToUnixTimeMilliseconds(),
                }),
                transaction);
            NoticeBook.Insert(connection, transaction, notices);
        });
}
