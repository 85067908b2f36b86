using System.Globalization;
using System.Text;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Wire.Transparency;

namespace Monitoring.Benchmarks;

/// <summary>
/// The time of one inclusion proof out of a stored log of ten million entries. The entries are
/// numbers; tiles, checkpoint and reading are those of the hub.
/// </summary>
public static class LogProve
{
    private const int Leaves = 10_000_000;
    private const int Proofs = 2_000;

    public static IEnumerable<Figure> Run()
    {
        var folder = Directory.CreateTempSubdirectory("log-prove-");
        try
        {
            var books = Books.Open(Path.Combine(folder.FullName, "books.db"));
            var log = new PublicLog(books);
            var root = Fill(books, log);
            var times = Measure(log, root).Order().ToList();
            yield return new Figure("log.prove", times[times.Count / 2], "ms");
            yield return new Figure("log.prove.p99", times[times.Count * 99 / 100], "ms");
        }
        finally
        {
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
            folder.Delete(recursive: true);
        }
    }

    private static TreeHash Fill(Books books, PublicLog log)
    {
        using (var connection = books.Database.Connect())
        using (var command = connection.CreateCommand())
        {
            command.CommandText = $"""
                WITH RECURSIVE number(n) AS (
                    SELECT 0 UNION ALL SELECT n + 1 FROM number LIMIT {Leaves})
                INSERT INTO log_leaf SELECT n, CAST(n AS BLOB) FROM number
                """;
            command.CommandTimeout = 0;
            command.ExecuteNonQuery();
        }

        var signer = new NoteSigner(
            "bench", SignatureKind.Ed25519, new byte[Ed25519Signature.SeedBytes]);
        while (log.Publish(signer))
        {
            // So many at once, as after a long time without.
        }

        return Checkpoint.Of(SignedNote.Parse(log.Head!)!, signer.Verifier)!.Root;
    }

    private static IEnumerable<double> Measure(PublicLog log, TreeHash root)
    {
        var random = new Random(1);
        var time = TimeProvider.System;
        for (var i = 0; i < Proofs; i++)
        {
            var index = random.Next(Leaves);
            var start = time.GetTimestamp();
            var proof = log.Prove(index)!.Value.Proof;
            var took = time.GetElapsedTime(start).TotalMilliseconds;
            if (!MerkleProof.IsIncluded(index, Leaves, Leaf(index), proof, root))
            {
                throw new InvalidOperationException($"The proof of {index} does not hold.");
            }

            // The first ones warm up.
            if (i >= Proofs / 4)
            {
                yield return took;
            }
        }
    }

    private static TreeHash Leaf(int index) => TreeHash.OfLeaf(
        Encoding.UTF8.GetBytes(index.ToString(CultureInfo.InvariantCulture)));
}
