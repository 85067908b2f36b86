using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Api;

/// <summary>What became of the images of one instrument.</summary>
public sealed record DeviceAccountAnswer(
    string Plant, string Gateway, string Device, long ImagesStored, long ImagesUsed,
    IReadOnlyDictionary<string, long> ImagesExcluded, long ImagesOpen, long ImagesUnaccounted,
    int ReadingsPerImage);

/// <summary>Every instrument that ever reported; without one, the reason.</summary>
public sealed record AccountingAnswer(IReadOnlyList<DeviceAccountAnswer> Devices, string? Reason);

/// <summary>The count of images: stored, behind facts, excluded by a rule, still open.</summary>
internal static class AccountingRoutes
{
    public static void Map(IEndpointRouteBuilder api) => api.MapRead(
        "/accounting",
        "Images of each instrument: stored = used + excluded by a named rule + in open windows.",
        AnswerOf);

    public static AccountingAnswer AnswerOf(HubView view)
    {
        var devices = view.Signals.Accounts().Select(AnswerOf).ToList();
        return new AccountingAnswer(
            devices, devices.Count == 0 ? "no instrument has reported yet" : null);
    }

    private static DeviceAccountAnswer AnswerOf(DeviceAccount account) => new(
        account.Device.Gateway.Plant, account.Device.Gateway.Node, account.Device.Name,
        account.Stored, account.Used, account.Excluded, account.Open, account.Unaccounted,
        account.ReadingsPerImage);
}
