using Monitoring.Agent.Devices;
using Monitoring.Agent.Drivers.Modbus;
using Monitoring.Agent.Sites;

namespace Monitoring.Agent.Commands;

/// <summary>Links and tables by the names that plant engineers use.</summary>
internal static class LinkText
{
    public static string Describe(SiteLink link) => $"{Kind(link)}, {LinkReader.Place(link)}";

    public static string Name(RegisterTable table) => table switch
    {
        RegisterTable.Coil => "coil",
        RegisterTable.Discrete => "discrete input",
        RegisterTable.Input => "input register",
        _ => "holding register",
    };

    private static string Kind(SiteLink link) => link switch
    {
        SiteLink.Serial serial =>
            $"Modbus RTU, {serial.Baud} baud {LinkWord.FramingOf(serial)}",
        SiteLink.Tcp { IsRtu: true } =>
            "Modbus RTU over TCP, the line behind it taken for "
            + $"{LinkCost.AssumedBaud} baud 8E1",
        SiteLink.I2c => "I2C",
        SiteLink.Gpio => "GPIO",
        _ => "Modbus TCP",
    };
}
