using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Parquet;
using Parquet.Schema;

namespace Monitoring.Server.Storage.Archive;

/// <summary>A record as an archive holds it: evidence, as it came.</summary>
/// <param name="Device">Null for a record of the journal itself.</param>
public sealed record ArchivedRecord(
    long Id, GatewayId Gateway, string? Device, (string Epoch, long Offset) Place, long TimeMs,
    long ReceivedMs, byte[] Bytes);

/// <summary>
/// Records in one Parquet file, a row each, which other programs read too: DuckDB, pandas, Spark.
/// The column <c>bytes</c> is the record in the format of the journal.
/// </summary>
public static class ArchiveFile
{
    private static readonly DataField<long> Id = new("id");
    private static readonly DataField<string> Plant = new("plant", false);
    private static readonly DataField<string> Gateway = new("gateway", false);
    private static readonly DataField<string> Device = new("device", true);
    private static readonly DataField<string> Epoch = new("epoch", false);
    private static readonly DataField<long> Offset = new("offset");
    private static readonly DataField<long> TimeMs = new("time_ms");
    private static readonly DataField<long> ReceivedMs = new("received_ms");
    private static readonly DataField<byte[]> Bytes = new("bytes", false);

    private static readonly ParquetSchema Schema = new(
        Id, Plant, Gateway, Device, Epoch, Offset, TimeMs, ReceivedMs, Bytes);

    // The smallest size costs sixty times as long and saves nothing here.
    private static readonly ParquetOptions Options = new()
    {
        CompressionMethod = CompressionMethod.Zstd, CompressionLevel = CompressionLevel.Fastest,
    };

    public static async Task WriteAsync(Stream file, IReadOnlyList<ArchivedRecord> records)
    {
        await using var writer = await ParquetWriter.CreateAsync(Schema, file, Options);
        using var group = writer.CreateRowGroup();
        await group.WriteAsync<long>(Id, Column(records, record => record.Id));
        await group.WriteAsync(Plant, Column(records, record => record.Gateway.Plant));
        await group.WriteAsync(Gateway, Column(records, record => record.Gateway.Node));
        await group.WriteAsync(Device, Column(records, record => record.Device!));
        await group.WriteAsync(Epoch, Column(records, record => record.Place.Epoch));
        await group.WriteAsync<long>(Offset, Column(records, record => record.Place.Offset));
        await group.WriteAsync<long>(TimeMs, Column(records, record => record.TimeMs));
        await group.WriteAsync<long>(ReceivedMs, Column(records, record => record.ReceivedMs));
        await group.WriteAsync(Bytes, Column(records, record => record.Bytes));
        group.CompleteValidate();
    }

    public static async Task<ArchivedRecord[]> ReadAsync(Stream file)
    {
        await using var reader = await ParquetReader.CreateAsync(file);
        using var group = reader.OpenRowGroupReader(0);
        var records = new ArchivedRecord[group.RowCount];
        var (ids, offsets) = (await LongsAsync(group, Id), await LongsAsync(group, Offset));
        var (times, received) = (
            await LongsAsync(group, TimeMs), await LongsAsync(group, ReceivedMs));
        var (plants, gateways) = (
            await TextsAsync(group, Plant), await TextsAsync(group, Gateway));
        var (devices, epochs) = (await TextsAsync(group, Device), await TextsAsync(group, Epoch));
        var bytes = new byte[]?[records.Length];
        await group.ReadAsync(Bytes, bytes.AsMemory());
        for (var i = 0; i < records.Length; i++)
        {
            records[i] = new ArchivedRecord(
                ids[i], new GatewayId(plants[i]!, gateways[i]!), devices[i],
                (epochs[i]!, offsets[i]), times[i], received[i], bytes[i]!);
        }

        return records;
    }

    /// <summary>
    /// SHA-256 of the digest before and the record, and so on over all of them: whoever changes,
    /// adds or takes away a record changes every digest from there on.
    /// </summary>
    public static byte[] Chain(byte[] digest, IEnumerable<ArchivedRecord> records)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var record in records)
        {
            sha.AppendData(digest);
            foreach (var number in (ReadOnlySpan<long>)[
                record.Id, record.Place.Offset, record.TimeMs, record.ReceivedMs])
            {
                Append(sha, number);
            }

            foreach (var text in (ReadOnlySpan<string>)[
                record.Gateway.Plant, record.Gateway.Node, record.Device ?? "",
                record.Place.Epoch])
            {
                Append(sha, Encoding.UTF8.GetBytes(text));
            }

            Append(sha, record.Bytes);
            digest = sha.GetHashAndReset();
        }

        return digest;
    }

    private static void Append(IncrementalHash sha, long number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, number);
        sha.AppendData(bytes);
    }

    // With its length before it, so that no two neighbours can be taken for others.
    private static void Append(IncrementalHash sha, byte[] bytes)
    {
        Append(sha, bytes.Length);
        sha.AppendData(bytes);
    }

    private static T[] Column<T>(
        IReadOnlyList<ArchivedRecord> records, Func<ArchivedRecord, T> of) =>
        [.. records.Select(of)];

    private static async Task<long[]> LongsAsync(
        ParquetRowGroupReader group, DataField field)
    {
        var values = new long[group.RowCount];
        await group.ReadAsync<long>(field, values);
        return values;
    }

    private static async Task<string?[]> TextsAsync(
        ParquetRowGroupReader group, DataField field)
    {
        var values = new string?[group.RowCount];
        await group.ReadAsync(field, values.AsMemory());
        return values;
    }
}
