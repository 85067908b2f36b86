using System.Collections.Immutable;
using Monitoring.Core;
using Monitoring.Core.Averaging;
using Monitoring.Server.Storage;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Wire.Records;

namespace Monitoring.Server.Engine;

/// <summary>The images of one window, for its calculation and for working it out again.</summary>
public static class SourceImages
{
    /// <param name="logIdMax">Records stored after this one are passed over.</param>
    public static IReadOnlyDictionary<string, ImmutableArray<SourceImage>> Read(
        RecordLog records, SourceBinding source, Window window, long logIdMax)
    {
        var gateway = new GatewayId(source.Plant, source.Gateway);
        var images = new Dictionary<string, ImmutableArray<SourceImage>>(StringComparer.Ordinal);
        foreach (var device in source.Devices)
        {
            var stored = records
                .ReadDevice(new DeviceId(gateway, device), window.StartMs, window.EndMs)
                .Where(record => record.Id <= logIdMax)
                .ToImmutableArray();
            images[device] =
            [
                .. stored.Select(record => new SourceImage(
                    new RecordId(
                        record.Gateway.Plant, record.Gateway.Node, record.Epoch, record.Offset),
                    (JournalRecord.Image)record.Record)),
            ];
        }

        return images;
    }
}
