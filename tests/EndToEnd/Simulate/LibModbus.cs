using System.Globalization;
using System.Runtime.InteropServices;
using Monitoring.Tests.Servers;

namespace Monitoring.Tests.Simulate;

/// <summary>A strict master that nobody here wrote: libmodbus.</summary>
public sealed class LibModbus : IDisposable
{
    private const string Library = "libmodbus.so.5";

    private readonly nint _context;

    /// <param name="link">tcp:HOST:PORT or the path of a serial line.</param>
    public LibModbus(string link, TimeSpan timeout)
    {
        if (!NativeLibrary.TryLoad(Library, out _))
        {
            Assert.Skip($"{Library} is not installed (package libmodbus5)");
        }

        var parts = link.Split(':');
        _context = parts.Length == 3
            ? NewTcp(parts[1], int.Parse(parts[2], CultureInfo.InvariantCulture))
            : NewRtu(link, 19_200, (byte)'N', 8, 1);
        Assert.NotEqual(0, _context);
        var (seconds, microseconds) = ((uint)timeout.Seconds, (uint)timeout.Milliseconds * 1000);
        Assert.Equal(0, SetTimeout(_context, seconds, microseconds));
        Assert.Equal(0, Connect(_context));
    }

    /// <summary>The words, or what libmodbus says is wrong.</summary>
    public string Holding(int unit, int address, int count)
    {
        var words = new ushort[count];
        return Ask(unit, () => ReadHolding(_context, address, count, words), words);
    }

    public string Input(int unit, int address, int count)
    {
        var words = new ushort[count];
        return Ask(unit, () => ReadInput(_context, address, count, words), words);
    }

    public string Coils(int unit, int address, int count)
    {
        var bits = new byte[count];
        return Ask(unit, () => ReadCoils(_context, address, count, bits), bits);
    }

    public string Discrete(int unit, int address, int count)
    {
        var bits = new byte[count];
        return Ask(unit, () => ReadDiscrete(_context, address, count, bits), bits);
    }

    public string Write(int unit, int address, params ushort[] words) =>
        Ask(unit, () => WriteMany(_context, address, words.Length, words), words);

    public void Dispose()
    {
        Close(_context);
        Free(_context);
    }

    private string Ask<T>(int unit, Func<int> ask, T[] answer)
    {
        Assert.Equal(0, SetSlave(_context, unit));
        return ask() == answer.Length
            ? string.Join(" ", answer)
            : Marshal.PtrToStringUTF8(ErrorText(Marshal.GetLastPInvokeError()))!;
    }

    [DllImport(Library, EntryPoint = "modbus_new_tcp")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint NewTcp([MarshalAs(UnmanagedType.LPUTF8Str)] string ip, int port);

    [DllImport(Library, EntryPoint = "modbus_new_rtu")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint NewRtu(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int baud, byte parity, int data,
        int stop);

    [DllImport(Library, EntryPoint = "modbus_set_response_timeout")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetTimeout(nint context, uint seconds, uint microseconds);

    [DllImport(Library, EntryPoint = "modbus_connect")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Connect(nint context);

    [DllImport(Library, EntryPoint = "modbus_set_slave")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetSlave(nint context, int unit);

    [DllImport(Library, EntryPoint = "modbus_read_registers", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ReadHolding(nint context, int address, int count, ushort[] words);

    [DllImport(Library, EntryPoint = "modbus_read_input_registers", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ReadInput(nint context, int address, int count, ushort[] words);

    [DllImport(Library, EntryPoint = "modbus_read_bits", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ReadCoils(nint context, int address, int count, byte[] bits);

    [DllImport(Library, EntryPoint = "modbus_read_input_bits", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ReadDiscrete(nint context, int address, int count, byte[] bits);

    [DllImport(Library, EntryPoint = "modbus_write_registers", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int WriteMany(nint context, int address, int count, ushort[] words);

    [DllImport(Library, EntryPoint = "modbus_strerror")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint ErrorText(int error);

    [DllImport(Library, EntryPoint = "modbus_close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void Close(nint context);

    [DllImport(Library, EntryPoint = "modbus_free")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void Free(nint context);
}
