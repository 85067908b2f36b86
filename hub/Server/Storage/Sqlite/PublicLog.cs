using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Dapper;
using Microsoft.Data.Sqlite;
using Monitoring.Core.Transparency;
using Monitoring.Server.Transparency;
using Monitoring.Wire;
using Monitoring.Wire.Documents;
using Monitoring.Wire.Transparency;

namespace Monitoring.Server.Storage.Sqlite;

/// <summary>What a witness said last.</summary>
/// <param name="Text">Of the checkpoint that it signed.</param>
/// <param name="LogLine">The log's own signature under it.</param>
/// <param name="Line">The cosignature.</param>
public sealed record CosignedRow(
    string Witness, long Size, string Text, string LogLine, string Line);

/// <summary>
/// The public log. Leaves are written in the transaction of what they tell about, so the log
/// and the books agree after any crash; the tree over them grows when they are published.
/// </summary>
public sealed class PublicLog
{
    private readonly Database _books;
    private readonly Subtrees _subtrees = new();

    public PublicLog(Books books) => _books = books.Database;

    /// <summary>How many leaves there are, published or not.</summary>
    public long LeafCount
    {
        get
        {
            using var connection = _books.Connect();
            return CountOf(connection, null);
        }
    }

    /// <summary>The newest checkpoint, as it was signed; null before the first.</summary>
    public string? Head
    {
        get
        {
            using var connection = _books.Connect();
            return HeadOf(connection, null);
        }
    }

    /// <summary>The leaf of the contract that was told last; null before the first.</summary>
    public byte[]? Contract
    {
        get
        {
            using var connection = _books.Connect();
            return ContractOf(connection, null);
        }
    }

    /// <summary>Tells what was just written to the books, in the same transaction.</summary>
    public static void Append(
        SqliteConnection connection, SqliteTransaction transaction, BookLeaf kind, long row)
    {
        using var log = new LogInsert(connection, transaction);
        log.Run(kind, row);
    }

    /// <summary>
    /// Tells the amendments that were not told yet; before there is a log, whoever begins it does.
    /// </summary>
    public static void TellAmendments(SqliteConnection connection, SqliteTransaction transaction)
    {
        if (CountOf(connection, transaction) == 0)
        {
            return;
        }

        using var log = new LogInsert(connection, transaction);
        foreach (var seq in connection.Query<long>(
            "SELECT seq FROM amendment_untold ORDER BY seq", transaction: transaction).AsList())
        {
            log.Run(BookLeaf.Amendment, seq);
        }

        connection.Execute("DELETE FROM amendment_untold", transaction: transaction);
    }

    /// <summary>
    /// Begins the log, with all that the books of an earlier release hold, and tells the contract
    /// in force where it is another than before.
    /// </summary>
    /// <param name="contract">The leaf of the contract.</param>
    public void Begin(byte[] contract)
    {
        using var connection = _books.Connect();
        using var transaction = connection.BeginTransaction();
        using var log = new LogInsert(connection, transaction);
        var isEmpty = CountOf(connection, transaction) == 0;
        var last = ContractOf(connection, transaction);
        if (last is null || !last.AsSpan().SequenceEqual(contract))
        {
            log.Run(contract);
            connection.Execute(
                "INSERT OR REPLACE INTO log_contract VALUES(0, @contract)", new { contract },
                transaction);
        }

        if (isEmpty)
        {
            using var leaves = new BookLeaves(connection, transaction);
            foreach (var leaf in leaves.All())
            {
                log.Run(leaf);
            }

            connection.Execute("DELETE FROM amendment_untold", transaction: transaction);
        }

        TellAmendments(connection, transaction);

        transaction.Commit();
    }

    /// <summary>
    /// Grows the tree by the leaves that were written since, and signs it; false: by none.
    /// </summary>
    /// <exception cref="LogBrokenException">The tree is not the one that was signed.</exception>
    public bool Publish(NoteSigner signer)
    {
        using (var connection = _books.Connect())
        {
            if (CountOf(connection, null) == SizeOf(HeadOf(connection, null)))
            {
                return false;
            }
        }

        _books.WriteAsync((connection, transaction) => Publish(connection, transaction, signer))
            .GetAwaiter().GetResult();
        return true;
    }

    private static void Publish(
        SqliteConnection connection, SqliteTransaction transaction, NoteSigner signer)
    {
        var head = HeadOf(connection, transaction);
        var size = SizeOf(head);
        RefuseOther(connection, transaction, head, signer.Verifier);
        var leaves = Bodies(connection, transaction, size, LogLimits.LeavesPerPublishMax)
            .Select(body => TreeHash.OfLeaf(body)).ToList();
        byte[] Read(TilePath path) => TileOf(connection, transaction, path)!;
        connection.Execute(
            "INSERT OR REPLACE INTO log_tile VALUES(@Level, @Number, @Hashes)",
            TileGrowth.Append(size, leaves, Read), transaction);
        var grown = new TileTree(size + leaves.Count, Read);
        var text = new Checkpoint(signer.Verifier.Name, grown.Size, grown.Root).ToString();
        connection.Execute(
            "INSERT OR REPLACE INTO log_head VALUES(0, @note)",
            new { note = new SignedNote(text, [signer.Sign(text)]).ToString() }, transaction);
    }

    /// <summary>The bytes of a tile that a signed tree has; null for any other.</summary>
    public byte[]? TileOf(TilePath path)
    {
        using var connection = _books.Connect();
        using var look = connection.BeginTransaction(deferred: true);
        if (TilePath.WidthIn(SizeOf(HeadOf(connection, look)), path.Level, path.Number)
            < path.Width)
        {
            return null;
        }

        return path.Level is null
            ? EntryBundle.Write(
                Bodies(connection, look, path.Number * TilePath.WidthMax, path.Width))
            : TileOf(connection, look, path);
    }

    /// <summary>
    /// What leads from an entry to the newest checkpoint, and that; null where it has no such.
    /// </summary>
    public (string Head, ImmutableArray<TreeHash> Proof)? Prove(long index)
    {
        using var connection = _books.Connect();
        using var look = connection.BeginTransaction(deferred: true);
        var head = HeadOf(connection, look);
        var tree = new TileTree(SizeOf(head), path => TileOf(connection, look, path)!);
        return index >= 0 && index < tree.Size
            ? (head!, MerkleProof.OfInclusion(index, tree.Size, _subtrees.Over(tree)))
            : null;
    }

    /// <summary>Keeps what a witness signed, where it is more than it signed before.</summary>
    public void Cosign(CosignedRow row)
    {
        using var connection = _books.Connect();
        connection.Execute(
            """
            INSERT INTO log_cosignature VALUES(@Witness, @Size, @Text, @LogLine, @Line)
            ON CONFLICT DO UPDATE SET size = @Size, text = @Text, log_line = @LogLine, line = @Line
            WHERE excluded.size >= size
            """,
            row);
    }

    /// <summary>The newest word of each witness.</summary>
    public ImmutableArray<CosignedRow> Cosigned()
    {
        using var connection = _books.Connect();
        return
        [
            .. connection.Query<CosignedRow>(
                """
                SELECT witness AS Witness, size AS Size, text AS Text, log_line AS LogLine,
                    line AS Line FROM log_cosignature ORDER BY witness
                """),
        ];
    }

    /// <summary>
    /// What lies in the books, said once more as leaves, a line each, all of one instant. The
    /// first line says how many leaves the log had then.
    /// </summary>
    public IEnumerable<byte[]> BookLines()
    {
        using var connection = _books.Connect();
        using var look = connection.BeginTransaction(deferred: true);
        yield return Line(CanonicalJson.Of(new JsonObject
        {
            ["size"] = CountOf(connection, look),
        }));
        using var leaves = new BookLeaves(connection, look);
        foreach (var leaf in leaves.All())
        {
            yield return Line(leaf);
        }
    }

    private static byte[] Line(byte[] json) => [.. json, (byte)'\n'];

    // Never signs a tree that is not the continuation of the one signed before.
    private static void RefuseOther(
        SqliteConnection connection, SqliteTransaction transaction, string? head,
        NoteVerifier key)
    {
        if (head is null)
        {
            return;
        }

        if (SignedNote.Parse(head) is not { } note || Checkpoint.Of(note, key) is not { } signed)
        {
            throw new LogBrokenException(
                $"The checkpoint in the books is not signed by {key.Name}; was log.key exchanged?");
        }

        var tree = new TileTree(
            signed.Size,
            path => TileOf(connection, transaction, path) is { } tile
                && tile.Length == path.Width * TreeHash.Bytes
                ? tile
                : throw new LogBrokenException($"The log has no whole {path}."));
        if (tree.Root != signed.Root)
        {
            throw new LogBrokenException(
                $"The tiles of the log are not those of the checkpoint at {signed.Size} entries.");
        }
    }

    private static List<byte[]> Bodies(
        SqliteConnection connection, SqliteTransaction transaction, long first, int max) =>
        connection.Query<byte[]>(
            "SELECT body FROM log_leaf WHERE seq >= @first ORDER BY seq LIMIT @max",
            new { first, max }, transaction).AsList();

    private static byte[]? TileOf(
        SqliteConnection connection, SqliteTransaction transaction, TilePath path)
    {
        var tile = connection.QuerySingleOrDefault<byte[]>(
            "SELECT hashes FROM log_tile WHERE level = @Level AND number = @Number",
            new { path.Level, path.Number }, transaction);
        var bytes = path.Width * TreeHash.Bytes;
        return tile?.Length > bytes ? tile[..bytes] : tile;
    }

    private static byte[]? ContractOf(
        SqliteConnection connection, SqliteTransaction? transaction) =>
        connection.QuerySingleOrDefault<byte[]>(
            "SELECT leaf FROM log_contract WHERE id = 0", transaction: transaction);

    private static long CountOf(SqliteConnection connection, SqliteTransaction? transaction) =>
        connection.QuerySingle<long>(
            "SELECT COALESCE(MAX(seq) + 1, 0) FROM log_leaf", transaction: transaction);

    private static string? HeadOf(SqliteConnection connection, SqliteTransaction? transaction) =>
        connection.QuerySingleOrDefault<string>(
            "SELECT note FROM log_head WHERE id = 0", transaction: transaction);

    private static long SizeOf(string? head)
    {
        if (head is null)
        {
            return 0;
        }

        var checkpoint = SignedNote.Parse(head) is { } note ? Checkpoint.Parse(note.Text) : null;
        return checkpoint?.Size
            ?? throw new LogBrokenException("The checkpoint in the books cannot be read.");
    }
}

/// <summary>The stored log is not what was signed. It is not published any further.</summary>
public sealed class LogBrokenException(string message) : Exception(message);
