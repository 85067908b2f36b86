using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json;
using Dapper;
using Monitoring.Core.Reprocessing;
using Monitoring.Wire.Documents;

namespace Monitoring.Server.Storage.Sqlite;

/// <summary>Configurations that windows were worked out under, by id; none is ever changed.
/// </summary>
public sealed class ConfigurationBook(Books books)
{
    private readonly Database _books = books.Database;
    private readonly ConcurrentDictionary<string, Configuration> _read = [];

    /// <summary>Keeps it, if it is not there yet.</summary>
    public void Keep(Configuration configuration)
    {
        using var connection = _books.Connect();
        connection.Execute(
            "INSERT INTO configuration VALUES(@Id, @documents) ON CONFLICT DO NOTHING",
            new
            {
                configuration.Id,
                documents = JsonSerializer.Serialize(
                    configuration.Text.Profiles.Prepend(configuration.Text.Cluster)),
            });
    }

    /// <exception cref="StoreException">
    /// This release cannot read it any more: only the one that accepted it can.
    /// </exception>
    public Configuration Find(string id) => _read.GetOrAdd(id, Read);

    private Configuration Read(string id)
    {
        using var connection = _books.Connect();
        var documents = JsonSerializer.Deserialize<NamedText[]>(connection.QuerySingle<string>(
            "SELECT documents FROM configuration WHERE id = @id", new { id }))!;
        var faults = new Faults();
        return Configuration.Read(
            new ConfigurationText(documents[0], [.. documents.Skip(1)]), faults)
            ?? throw new StoreException(
                $"configuration {id}: {faults.All[0]}; install the release that accepted it",
                new FormatException(string.Join('\n', faults.All)));
    }
}
