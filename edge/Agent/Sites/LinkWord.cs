namespace Monitoring.Agent.Sites;

/// <summary>
/// A Modbus link in one word, as a person types it: <c>tcp://host:port</c>,
/// <c>rtu-tcp://host:port</c>, or the path of a serial line; and as a line of a site file.
/// </summary>
public static class LinkWord
{
    public const string Forms =
        "tcp://host:port, rtu-tcp://host:port, or a path such as /dev/ttyUSB0";

    private const int PortStandard = 502;

    public static readonly string[] Framings = ["8N1", "8N2", "8E1", "8E2", "8O1", "8O2"];

    /// <returns>Null where the text is none of these.</returns>
    public static SiteLink? Parse(string text, int baud, string framing, TimeSpan timeout)
    {
        if (text.StartsWith('/'))
        {
            return Line("line", text, baud, framing, timeout);
        }

        return Uri.TryCreate(text, UriKind.Absolute, out var uri)
            && uri is { Scheme: "tcp" or "rtu-tcp", DnsSafeHost.Length: > 0 }
            ? new SiteLink.Tcp(
                "lan", uri.DnsSafeHost, uri.Port > 0 ? uri.Port : PortStandard,
                uri.Scheme == "rtu-tcp", timeout)
            : null;
    }

    /// <summary>An item of the list <c>links</c>.</summary>
    public static string ToYaml(SiteLink link) => link switch
    {
        SiteLink.Tcp tcp => $"{{id: {tcp.Id}, kind: {(tcp.IsRtu ? "modbus-rtu-tcp" : "modbus-tcp")}"
            + $", host: \"{tcp.Host}\", port: {tcp.Port}}}",
        SiteLink.Serial line => $"{{id: {line.Id}, kind: modbus-rtu, path: {line.Path}, "
            + $"baud: {line.Baud}, framing: {FramingOf(line)}}}",
        _ => $"{{id: {link.Id}}}",
    };

    public static string ToWord(SiteLink link) => link switch
    {
        SiteLink.Tcp tcp => (tcp.IsRtu ? "rtu-tcp://" : "tcp://") + LinkReader.Place(tcp),
        _ => LinkReader.Place(link),
    };

    public static string FramingOf(SiteLink.Serial line) =>
        $"8{line.Parity.ToString()[0]}{line.StopBits}";

    /// <param name="framing">One of the framings.</param>
    public static SiteLink.Serial Line(
        string id, string path, int baud, string framing, TimeSpan timeout) =>
        new(id, path, baud, ParityOf(framing), StopBitsOf(framing), timeout);

    private static SerialParity ParityOf(string framing) => framing[1] switch
    {
        'E' => SerialParity.Even,
        'O' => SerialParity.Odd,
        _ => SerialParity.None,
    };

    private static int StopBitsOf(string framing) => framing.EndsWith('2') ? 2 : 1;
}
