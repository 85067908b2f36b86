using System.Collections.Immutable;
using Dapper;

namespace Monitoring.Server.Storage.Sqlite;

/// <summary>Every contract that a hub served: its hash, and the canonical JSON of it.</summary>
public sealed record KeptContract(string Hash, byte[] Document);

/// <summary>
/// The contracts that were in force, each by its hash, so that a period can be settled by its own
/// however the file changed since. Rows are added and never changed.
/// </summary>
public sealed class ContractBook(Books books)
{
    /// <summary>In the order in which they were served first.</summary>
    public ImmutableArray<KeptContract> All(string contract)
    {
        using var connection = books.Database.Connect();
        return
        [
            .. connection.Query<KeptContract>(
                "SELECT hash AS Hash, document AS Document FROM contract_version "
                    + "WHERE contract = @contract ORDER BY seq",
                new { contract }),
        ];
    }

    /// <param name="document">The canonical JSON, of which it has its hash.</param>
    public void Keep(string contract, string hash, byte[] document)
    {
        using var connection = books.Database.Connect();
        connection.Execute(
            """
            INSERT INTO contract_version(hash, contract, document)
            SELECT @hash, @contract, @document
            WHERE NOT EXISTS(SELECT 1 FROM contract_version WHERE hash = @hash)
            """,
            new { hash, contract, document });
    }
}
