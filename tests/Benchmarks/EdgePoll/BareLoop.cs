using System.Globalization;
using System.Runtime.InteropServices;

namespace Monitoring.Benchmarks.EdgePoll;

/// <summary>
/// The floor: libmodbus reads every server in turn, once an interval, and does nothing with it.
/// A process of its own, so that its processor time can be told.
/// </summary>
internal static partial class BareLoop
{
    public const string Verb = "--bare-loop";
    private const string Library = "libmodbus.so.5";

    /// <summary>Whether libmodbus can be loaded here.</summary>
    public static bool IsInstalled => NativeLibrary.TryLoad(Library, out _);

    /// <param name="arguments">Interval in milliseconds, then ports.</param>
    public static int Run(IReadOnlyList<string> arguments)
    {
        var interval = TimeSpan.FromMilliseconds(
            int.Parse(arguments[0], CultureInfo.InvariantCulture));
        var servers = arguments.Skip(1)
            .Select(port => Connect(int.Parse(port, CultureInfo.InvariantCulture))).ToList();
        var registers = new ushort[EdgePollBenchmark.Registers];
        using var stop = new ManualResetEventSlim();
        var time = TimeProvider.System;
        var start = time.GetTimestamp();
        Console.WriteLine("reading");
        for (long turn = 1; ; turn++)
        {
            foreach (var server in servers)
            {
                if (ReadRegisters(server, 0, registers.Length, registers) != registers.Length)
                {
                    Console.Error.WriteLine("libmodbus could not read");
                    return 1;
                }
            }

            var wait = interval * turn - time.GetElapsedTime(start);
            if (wait > TimeSpan.Zero)
            {
                stop.WaitHandle.WaitOne(wait);
            }
        }
    }

    private static nint Connect(int port)
    {
        var context = NewTcp("127.0.0.1", port);
        if (context == 0 || Connect(context) != 0 || SetSlave(context, 1) != 0)
        {
            throw new InvalidOperationException($"libmodbus cannot connect to port {port}");
        }

        return context;
    }

    [LibraryImport(Library, EntryPoint = "modbus_new_tcp",
        StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint NewTcp(string ip, int port);

    [LibraryImport(Library, EntryPoint = "modbus_connect")]
    private static partial int Connect(nint context);

    [LibraryImport(Library, EntryPoint = "modbus_set_slave")]
    private static partial int SetSlave(nint context, int slave);

    [LibraryImport(Library, EntryPoint = "modbus_read_registers")]
    private static partial int ReadRegisters(
        nint context, int address, int count, [Out] ushort[] registers);
}
