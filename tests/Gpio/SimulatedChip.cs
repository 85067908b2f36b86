using System.Globalization;

namespace Monitoring.Tests;

/// <summary>
/// The kernel's own simulated GPIO chip (gpio-sim), made by the script that starts this suite.
/// A line is pulled up and down through sysfs, as a contact would.
/// </summary>
internal static class SimulatedChip
{
    private static readonly string Configuration =
        Environment.GetEnvironmentVariable("GPIO_SIM")
        ?? throw new InvalidOperationException("Start this suite by: ./test gpio");

    /// <summary>Another one after the chip was pulled out, as on a real machine.</summary>
    public static int Number => int.Parse(
        Read("bank/chip_name").Replace("gpiochip", "", StringComparison.Ordinal),
        CultureInfo.InvariantCulture);

    private static string Lines =>
        $"/sys/devices/platform/{Read("dev_name")}/gpiochip{Number}";

    public static void Pull(int line, bool up) => File.WriteAllText(
        $"{Lines}/sim_gpio{line}/pull", up ? "pull-up" : "pull-down");

    /// <summary>The chip is plugged in, or pulled out.</summary>
    public static void Plug(bool isIn)
    {
        var wanted = isIn ? "1" : "0";
        if (Read("live") != wanted)
        {
            File.WriteAllText(Path.Combine(Configuration, "live"), wanted);
        }
    }

    private static string Read(string name) =>
        File.ReadAllText(Path.Combine(Configuration, name)).Trim();
}
