using System.Collections.Immutable;
using Monitoring.Core;
using Monitoring.Core.Averaging;
using Monitoring.Core.Mass;
using Monitoring.Server.Storage;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Wire.Records;

namespace Monitoring.Server.Engine;

/// <summary>The images of one window, for its calculation and for working it out again.</summary>
/// <param name="Unread">Of devices that have more than one window may hold.</param>
public sealed record SourceImages(
    IReadOnlyDictionary<string, ImmutableArray<SourceImage>> OfDevices,
    ImmutableArray<UnreadImages> Unread)
{
    /// <param name="logIdMax">Records stored after this one are passed over.</param>
    public static SourceImages Read(
        RecordLog records, SourceBinding source, Window window, long logIdMax)
    {
        var gateway = new GatewayId(source.Plant, source.Gateway);
        var images = new Dictionary<string, ImmutableArray<SourceImage>>(StringComparer.Ordinal);
        var unread = ImmutableArray.CreateBuilder<UnreadImages>();
        foreach (var name in source.Devices)
        {
            var device = new DeviceId(gateway, name);
            if (records.ReadDevice(device, window.StartMs, window.EndMs, logIdMax) is { } stored)
            {
                images[name] = [.. stored.Select(ImageOf)];
            }
            else
            {
                unread.Add(new UnreadImages(name, records.CountDevice(
                    device, window.StartMs, window.EndMs, logIdMax)));
            }
        }

        return new SourceImages(images, unread.ToImmutable());
    }

    /// <summary>Those of a part of it.</summary>
    public SourceImages In(Window part) => new(
        OfDevices.ToDictionary(
            device => device.Key,
            device => device.Value.Where(one => part.Contains(one.Image.TimeMs))
                .ToImmutableArray()),
        Unread);

    private static SourceImage ImageOf(StoredRecord record) => new(
        new RecordId(record.Gateway.Plant, record.Gateway.Node, record.Epoch, record.Offset),
        (JournalRecord.Image)record.Record);
}
