using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Monitoring.Wire.Documents;

namespace Monitoring.Server.Storage.Sqlite;

/// <summary>What of the books becomes a leaf of the public log.</summary>
public enum BookLeaf
{
    Window,
    Forecast,
    Alert,
    Settlement,
    Entry,
}

/// <summary>
/// The rows of the books as leaves of the public log. A leaf is made of what lies in the books
/// and of nothing else, so at any time the books can be read once more and held against the log.
/// </summary>
/// <remarks>
/// Columns are members of the JSON; one whose name ends in <c>_sha256</c> stands in it by the
/// SHA-256 of its text. So the log names every record behind a mass, and stays small.
/// </remarks>
public static class BookLeaves
{
    private const string HashedSuffix = "_sha256";

    private static readonly Dictionary<BookLeaf, Source> Sources = new()
    {
        [BookLeaf.Window] = new(
            "window",
            """
            SELECT id AS row, id, source, start_ms, end_ms, revision, known_ms, no_fact_because
            FROM window
            """,
            "id", "known_ms", "facts",
            """
            SELECT id, member, zone, pollutant, milligrams, method, quality,
                inputs AS inputs_sha256 FROM fact WHERE "window" = @row ORDER BY seq
            """),
        [BookLeaf.Forecast] = new(
            "forecast",
            """
            SELECT id AS row, id, contract, bubble, pollutant, period, at_ms, used_mg, holding_mg,
                forecast_mg FROM quota
            """,
            "subject = bubble AND id", "at_ms", "members" + HashedSuffix,
            """
            SELECT line.subject, line.at_ms, line.used_mg, line.holding_mg, line.forecast_mg
            FROM quota whole JOIN quota line ON line.id < whole.id AND line.id > COALESCE(
                (SELECT MAX(id) FROM quota before WHERE before.contract = whole.contract
                    AND before.subject = whole.bubble AND before.id < whole.id), 0)
            WHERE whole.id = @row ORDER BY line.id
            """),
        [BookLeaf.Alert] = new(
            "alert",
            """
            SELECT seq AS row, id, contract, subject, level, change, reason, period, value_mg,
                limit_mg, threshold_percent, provisional, at_ms FROM alert
            """,
            "seq", "at_ms", null, ""),
        [BookLeaf.Settlement] = new(
            "settlement",
            """
            SELECT seq AS row, id, contract, contract_hash, period, start_ms, end_ms, settled_ms,
                emitted_g, cap_g, excess_g, total_minor, windows_known, windows_expected,
                verdict AS verdict_sha256 FROM settlement
            """,
            "seq", "settled_ms", "charges",
            """
            SELECT id, member, apportioned_g, minor_units FROM charge
            WHERE settlement = (SELECT id FROM settlement WHERE seq = @row) ORDER BY member
            """),
        [BookLeaf.Entry] = new(
            "entry",
            "SELECT seq AS row, id, idempotency_key, kind, period, booked_ms FROM entry",
            "seq", "booked_ms", "postings",
            """
            SELECT account, asset, amount, charge, lot FROM posting WHERE entry = @row ORDER BY id
            """),
    };

    /// <summary>The leaf of one row of the books.</summary>
    public static byte[] Of(
        SqliteConnection connection, SqliteTransaction transaction, BookLeaf kind, long row)
    {
        var source = Sources[kind];
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = $"{source.Sql} WHERE {source.Row} = @row";
        command.Parameters.AddWithValue("@row", row);
        using var reader = command.ExecuteReader();
        reader.Read();
        return Leaf(connection, transaction, source, reader);
    }

    /// <summary>All that the books hold, as leaves, in the order in which it got known.</summary>
    public static IEnumerable<byte[]> All(
        SqliteConnection connection, SqliteTransaction transaction)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = string.Join(" UNION ALL ", Sources.Select(pair =>
            $"SELECT {pair.Value.Ms} AS ms, {(int)pair.Key} AS kind, row FROM "
                + $"({pair.Value.Sql} WHERE {pair.Value.Row} > 0)")) + " ORDER BY ms, kind, row";
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            yield return Of(
                connection, transaction, (BookLeaf)reader.GetInt32(1), reader.GetInt64(2));
        }
    }

    private static byte[] Leaf(
        SqliteConnection connection, SqliteTransaction transaction, Source source,
        SqliteDataReader reader)
    {
        var row = reader.GetInt64(0);
        var leaf = Members(reader, 1);
        leaf["type"] = source.Type;
        if (source.ListName is { } name)
        {
            using var command = connection.CreateCommand();
            command.Transaction = transaction;
            command.CommandText = source.ListSql;
            command.Parameters.AddWithValue("@row", row);
            using var items = command.ExecuteReader();
            var list = new JsonArray();
            while (items.Read())
            {
                list.Add(Members(items, 0));
            }

            leaf[name] = name.EndsWith(HashedSuffix, StringComparison.Ordinal)
                ? Hash(CanonicalJson.Of(list))
                : list;
        }

        return CanonicalJson.Of(leaf);
    }

    private static JsonObject Members(SqliteDataReader reader, int first)
    {
        var members = new JsonObject();
        for (var i = first; i < reader.FieldCount; i++)
        {
            var name = reader.GetName(i);
            members[name] = reader.IsDBNull(i) ? null
                : name.EndsWith(HashedSuffix, StringComparison.Ordinal)
                    ? Hash(Encoding.UTF8.GetBytes(reader.GetString(i)))
                : reader.GetFieldType(i) == typeof(long) ? CanonicalJson.Integer(reader.GetInt64(i))
                : JsonValue.Create(reader.GetString(i));
        }

        return members;
    }

    private static JsonValue Hash(byte[] bytes) =>
        JsonValue.Create(Convert.ToHexStringLower(SHA256.HashData(bytes)));

    /// <param name="Row">The column, or the condition on it, that finds one row.</param>
    /// <param name="Ms">When it became known.</param>
    private sealed record Source(
        string Type, string Sql, string Row, string Ms, string? ListName, string ListSql);
}
