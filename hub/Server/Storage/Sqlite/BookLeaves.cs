using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Monitoring.Core.Ledger;
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
    Act,
    Amendment,
}

/// <summary>
/// The rows of the books as leaves of the public log. A leaf is made of what lies in the books
/// and of nothing else, so at any time the books can be read once more and held against the log.
/// </summary>
/// <remarks>
/// Columns are members of the JSON; one whose name ends in <c>_sha256</c> stands in it by the
/// SHA-256 of its text. So the log names every record behind a mass, and stays small. One whose
/// name ends in <c>?</c> is left out where it is null: leaves of before it are as they were.
/// Each statement is prepared once: thousands of entries are booked in one transaction.
/// </remarks>
public sealed class BookLeaves : IDisposable
{
    private const string HashedSuffix = "_sha256";
    private const char OptionalSuffix = '?';

    private static readonly Dictionary<BookLeaf, Source> Sources = new()
    {
        [BookLeaf.Window] = new(
            "window",
            """
            SELECT id AS row, id, source, start_ms, end_ms, revision, known_ms, no_fact_because,
                because AS "because?" FROM window
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
                verdict AS verdict_sha256,
                CASE WHEN json_valid(verdict) AND json_array_length(verdict, '$.Activities') > 0
                    THEN (SELECT group_concat(json_extract(value, '$.Member'), ' ')
                        FROM json_each(verdict, '$.Members')
                        WHERE json_extract(value, '$.WindowsKnown')
                            < json_extract(value, '$.WindowsExpected')) END AS "incomplete?"
                FROM settlement
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
        [BookLeaf.Act] = new(
            "act", "SELECT seq AS row, seq AS id, id AS request, kind, at_ms, body FROM act",
            "seq", "at_ms", null, ""),
        [BookLeaf.Amendment] = new(
            "amendment",
            """
            SELECT seq AS row, id, source, quantity, kind, from_ms, until_ms, value, test, passed,
                subject, result, author, reason, at_ms FROM amendment
            """,
            "seq", "at_ms", null, ""),
    };

    private readonly SqliteConnection _connection;
    private readonly SqliteTransaction _transaction;
    private readonly Dictionary<string, SqliteCommand> _prepared = [];

    public BookLeaves(SqliteConnection connection, SqliteTransaction transaction) =>
        (_connection, _transaction) = (connection, transaction);

    public void Dispose()
    {
        foreach (var command in _prepared.Values)
        {
            command.Dispose();
        }
    }

    /// <summary>The leaf of one row of the books.</summary>
    public byte[] Of(BookLeaf kind, long row)
    {
        var source = Sources[kind];
        using var reader = Read(source.RowSql, row);
        reader.Read();
        return Leaf(source, reader);
    }

    /// <summary>
    /// The leaf of an entry as <see cref="Of(BookLeaf, long)"/> reads it, made of what was just
    /// written: thousands are booked in one commit, and reading each again is a quarter of it.
    /// </summary>
    public static byte[] Of(Transaction entry, long bookedMs) => CanonicalJson.Of(new JsonObject
    {
        ["type"] = "entry",
        ["id"] = entry.Id,
        ["idempotency_key"] = entry.IdempotencyKey,
        ["kind"] = entry.Kind,
        ["period"] = entry.PeriodId,
        ["booked_ms"] = CanonicalJson.Integer(bookedMs),
        ["postings"] = new JsonArray(
        [
            .. entry.Postings.Select(posting => new JsonObject
            {
                ["account"] = posting.Account,
                ["asset"] = posting.Asset.ToString(),
                ["amount"] = CanonicalJson.Integer(posting.Amount),
                ["charge"] = posting.Charge,
                ["lot"] = posting.Lot,
            }),
        ]),
    });

    /// <summary>All that the books hold, as leaves, in the order in which it got known.</summary>
    public IEnumerable<byte[]> All()
    {
        using var command = _connection.CreateCommand();
        command.Transaction = _transaction;
        command.CommandText = string.Join(" UNION ALL ", Sources.Select(pair =>
            $"SELECT {pair.Value.Ms} AS ms, {(int)pair.Key} AS kind, row FROM "
                + $"({pair.Value.Sql} WHERE {pair.Value.Row} > 0)")) + " ORDER BY ms, kind, row";
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            yield return Of((BookLeaf)reader.GetInt32(1), reader.GetInt64(2));
        }
    }

    private byte[] Leaf(Source source, SqliteDataReader reader)
    {
        var row = reader.GetInt64(0);
        var leaf = Members(reader, 1);
        leaf["type"] = source.Type;
        if (source.ListName is { } name)
        {
            using var items = Read(source.ListSql, row);
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

    private SqliteDataReader Read(string sql, long row)
    {
        if (!_prepared.TryGetValue(sql, out var command))
        {
            command = _connection.CreateCommand();
            command.Transaction = _transaction;
            command.CommandText = sql;
            command.Parameters.Add("@row", SqliteType.Integer);
            _prepared.Add(sql, command);
        }

        command.Parameters[0].Value = row;
        return command.ExecuteReader();
    }

    private static JsonObject Members(SqliteDataReader reader, int first)
    {
        var members = new JsonObject();
        for (var i = first; i < reader.FieldCount; i++)
        {
            var name = reader.GetName(i).TrimEnd(OptionalSuffix);
            if (name.Length < reader.GetName(i).Length && reader.IsDBNull(i))
            {
                continue;
            }

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
        string Type, string Sql, string Row, string Ms, string? ListName, string ListSql)
    {
        public string RowSql { get; } = $"{Sql} WHERE {Row} = @row";
    }
}
