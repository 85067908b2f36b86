using Monitoring.Tests.Servers;

namespace Monitoring.Tests.Rig;

/// <summary>The programs of this project, as a person would start them.</summary>
public static class Programs
{
    public const string HubIsReady = "as the primary host";
    public const string HubListens = "The hub listens";
    public const string EdgeIsBorn = "Births are published";
    public const string EdgeStarts = " starts: ";
    public const string SimulatorListens = "Simulated instruments listen";

    public static readonly string EdgeProgram = Checkout.Program("Agent", "monitoring-edge");
    public static readonly string HubProgram = Checkout.Program("Server", "monitoring-hub");

    public static Daemon Hub(DemoFiles files, params string[] settings) => new(
        HubProgram,
        [
            "serve", "--config", files.HubConfig, "--data", files.HubFolder,
            .. settings.SelectMany(setting => new[] { "--set", setting }),
        ]);

    public static Daemon Simulator(DemoFiles files, string plant) => new(
        EdgeProgram,
        [
            "simulate", "--site", files.Site(plant), "--replay",
            Checkout.File("firmware-config", "replay", plant + ".csv"), "--log",
            files.ServedLog(plant), "--step", "10s",
        ]);

    public static Daemon Edge(DemoFiles files, string plant, int mqttPort) => new(
        EdgeProgram,
        [
            "run", "--site", files.Site(plant), "--data", files.EdgeFolder(plant), "--set",
            $"mqtt.url={Broker(mqttPort)}",
        ]);

    public static string Broker(int port) => $"mqtt://127.0.0.1:{port}";
}
