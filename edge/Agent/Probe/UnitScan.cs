using Monitoring.Agent.Devices;
using Monitoring.Agent.Drivers.Modbus;
using Monitoring.Agent.Sites;

namespace Monitoring.Agent.Probe;

/// <summary>A unit that answered, and what it told of itself.</summary>
/// <param name="Link">How it was reached: a serial line with its baud rate and framing.</param>
/// <param name="Identity">Vendor, product and revision; null: it does not tell.</param>
/// <param name="SunSpec">Its SunSpec models; null: it has no chain of them.</param>
public sealed record FoundUnit(
    SiteLink Link, byte Unit, string? Identity, SunSpecDiscovery.Found? SunSpec);

/// <summary>Asks units, one by one, whether they are there. It writes to none.</summary>
public sealed class UnitScan(IModbusExchange exchange, SiteLink link)
{
    private const byte GatewayPath = 10;
    private const byte GatewayTarget = 11;
    private const byte BasicIdentity = 1;

    /// <summary>Null where the unit is silent, or the gateway says so.</summary>
    public FoundUnit? Try(byte unit, CancellationToken abandon)
    {
        var first = exchange.Ask(unit, Read(0, 1), abandon);
        if (first is ModbusOutcome.Failed
            or ModbusOutcome.Refused { Code: GatewayPath or GatewayTarget })
        {
            return null;
        }

        return new FoundUnit(link, unit, Identify(unit, abandon), Discover(unit, abandon));
    }

    private string? Identify(byte unit, CancellationToken abandon) =>
        exchange.Ask(unit, ModbusRequest.Identify(BasicIdentity, 0), abandon)
            is ModbusOutcome.Answered answer
            ? IdentityText(answer.Pdu)
            : null;

    private SunSpecDiscovery.Found? Discover(byte unit, CancellationToken abandon) =>
        SunSpec.Discover(block =>
        {
            if (exchange.Ask(unit, ModbusRequest.Read(block), abandon)
                is not ModbusOutcome.Answered answer)
            {
                return null;
            }

            var words = new ushort[block.Count];
            answer.Take(block, words);
            return words;
        }) as SunSpecDiscovery.Found;

    /// <summary>The texts of an answer to function 43/14.</summary>
    internal static string? IdentityText(ReadOnlySpan<byte> pdu)
    {
        const int Head = 7;
        List<string> texts = [];
        var at = Head;
        while (at + 2 <= pdu.Length && at + 2 + pdu[at + 1] <= pdu.Length)
        {
            texts.Add(System.Text.Encoding.ASCII.GetString(pdu.Slice(at + 2, pdu[at + 1])));
            at += 2 + pdu[at + 1];
        }

        return texts.Count > 0 ? string.Join(" ", texts) : null;
    }

    private static ModbusRequest Read(int start, int count) =>
        ModbusRequest.Read(new ReadBlock(RegisterTable.Holding, start, count));
}
