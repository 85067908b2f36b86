using Monitoring.Tests.Servers;

namespace Monitoring.Tests.Broker;

/// <summary>mosquitto with the configuration and the rights of hub/mosquitto.</summary>
public sealed class ShippedMosquitto : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private Child? _child;

    public int Port { get; } = Ports.Free();

    public static async Task<ShippedMosquitto> Start(string users)
    {
        var program = Tool.Require("mosquitto", "mosquitto");
        var broker = new ShippedMosquitto();
        var folder = broker._folder;
        await File.WriteAllTextAsync(folder.File("users"), users);
        await using (var rights = Child.Start(
            Checkout.File("hub/mosquitto/acl-of-users"), [folder.File("users")]))
        {
            Assert.Equal(0, await rights.WaitForExit(TimeSpan.FromSeconds(60)));
            await File.WriteAllTextAsync(folder.File("acl"), rights.Output);
        }

        var shipped = await File.ReadAllTextAsync(
            Checkout.File("hub/mosquitto/mosquitto.conf"));
        var settings = shipped.Replace("listener 1883", $"listener {broker.Port}")
            .Replace("password_file users", $"password_file {folder.File("users")}")
            .Replace("acl_file acl", $"acl_file {folder.File("acl")}");

        // Started by root it would drop to a user who cannot read the files of the test.
        settings += Environment.UserName == "root" ? "\nuser root\n" : "";
        await File.WriteAllTextAsync(folder.File("mosquitto.conf"), settings);
        broker._child = Child.Start(program, ["-c", folder.File("mosquitto.conf")]);
        if (!await Ports.WaitForListener(broker.Port, TimeSpan.FromSeconds(60), broker._child))
        {
            Assert.Fail($"mosquitto does not listen. It wrote:\n{broker._child.Output}");
        }

        return broker;
    }

    public BrokerClients Clients() => new(Port, this);

    public async ValueTask DisposeAsync()
    {
        if (_child is { } child)
        {
            await child.DisposeAsync();
        }

        _folder.Dispose();
    }
}
