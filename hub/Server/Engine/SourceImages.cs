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
    /// <returns>The images by device, and the newest record among them (0 for none).</returns>
    public static (Dictionary<string, ImmutableArray<SourceImage>> Images, long LogId) Read(
        RecordLog records, SourceBinding source, Window window, long logIdMax)
    {
        var gateway = new GatewayId(source.Plant, source.Gateway);
        var images = new Dictionary<string, ImmutableArray<SourceImage>>(StringComparer.Ordinal);
        var logId = 0L;
        foreach (var device in source.Devices)
        {
            var stored = records
                .ReadDevice(new DeviceId(gateway, device), window.StartMs, window.EndMs)
                .Where(record => record.Id <= logIdMax)
                .ToImmutableArray();
            logId = Math.Max(logId, stored.Select(record => record.Id).DefaultIfEmpty().Max());
            images[device] =
            [
                .. stored.Select(record => new SourceImage(
                    new RecordId(
                        record.Gateway.Plant, record.Gateway.Node, record.Epoch, record.Offset),
                    (JournalRecord.Image)record.Record)),
            ];
        }

        return (images, logId);
    }
}
