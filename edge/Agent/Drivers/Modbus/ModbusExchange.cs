using System.Diagnostics;
using Monitoring.Agent.Sites;

namespace Monitoring.Agent.Drivers.Modbus;

/// <summary>The one place that knows which bytes and frames a link of the site takes.</summary>
public static class ModbusExchange
{
    public static IModbusExchange Over(SiteLink site, TimeProvider time) => site switch
    {
        SiteLink.Tcp { IsRtu: true } tcp => new RtuExchange(Socket(tcp, time), tcp, time),
        SiteLink.Tcp tcp => new TcpExchange(Socket(tcp, time), tcp, time),
        SiteLink.Serial line => new RtuExchange(new SerialByteLink(line), line, time),
        _ => throw new UnreachableException($"link {site.Id} does not speak Modbus"),
    };

    private static TcpByteLink Socket(SiteLink.Tcp tcp, TimeProvider time) =>
        new(tcp.Host, tcp.Port, time);
}
