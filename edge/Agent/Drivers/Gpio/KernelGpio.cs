using System.Buffers.Binary;
using System.Device.Gpio;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Monitoring.Agent.Drivers.Gpio;

/// <summary>
/// The kernel's GPIO character device (ABI version 2, Linux 5.10), as linux/gpio.h has it. What
/// fails is an IOException with the kernel's own word for it.
/// </summary>
internal static class KernelGpio
{
    /// <summary>
    /// The kernel keeps that many edges of a line, its own limit; then it drops the oldest.
    /// </summary>
    public const int EdgesKept = 1_024;

    private const nuint GetChipInfo = 0x8044B401;
    private const nuint GetLine = 0xC250B407;
    private const nuint GetValues = 0xC010B40E;

    private const int ChipInfoBytes = 68;
    private const int ChipInfoLines = 64;

    private const int RequestBytes = 592;
    private const int RequestConsumer = 256;
    private const int RequestFlags = 288;
    private const int RequestLines = 560;
    private const int RequestBuffer = 564;
    private const int RequestHandle = 588;

    private const int EventBytes = 48;
    private const int EventId = 8;
    private const int EventLineSequence = 20;
    private const int EventsPerRead = 16;
    private const uint RisingEdge = 1;

    private const ulong InputBothEdges = 0x34;
    private const ulong PullUp = 0x100;
    private const ulong PullDown = 0x200;

    private const short PollIn = 1;

    public static SafeFileHandle OpenChip(int chip) => File.OpenHandle(
        $"/dev/gpiochip{chip}", FileMode.Open, FileAccess.Read, FileShare.ReadWrite);

    public static int LinesOf(SafeFileHandle chip)
    {
        Span<byte> info = stackalloc byte[ChipInfoBytes];
        Control(chip, GetChipInfo, info, "the chip cannot be asked");
        return (int)BinaryPrimitives.ReadUInt32LittleEndian(info[ChipInfoLines..]);
    }

    /// <summary>Takes a line as an input; both edges are kept from now on.</summary>
    public static SafeFileHandle OpenLine(SafeFileHandle chip, int line, PinMode mode)
    {
        Span<byte> request = stackalloc byte[RequestBytes];
        request.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(request, (uint)line);
        Encoding.ASCII.GetBytes("monitoring-edge", request[RequestConsumer..]);
        var flags = InputBothEdges | mode switch
        {
            PinMode.InputPullUp => PullUp,
            PinMode.InputPullDown => PullDown,
            _ => 0,
        };
        BinaryPrimitives.WriteUInt64LittleEndian(request[RequestFlags..], flags);
        BinaryPrimitives.WriteUInt32LittleEndian(request[RequestLines..], 1);
        BinaryPrimitives.WriteUInt32LittleEndian(request[RequestBuffer..], EdgesKept);
        Control(chip, GetLine, request, $"line {line} cannot be had");
        var handle = BinaryPrimitives.ReadInt32LittleEndian(request[RequestHandle..]);
        return new SafeFileHandle(handle, ownsHandle: true);
    }

    public static bool IsHigh(SafeFileHandle line)
    {
        // The bits, then the mask of those that are wanted.
        Span<byte> values = stackalloc byte[16];
        values.Clear();
        values[8] = 1;
        Control(line, GetValues, values, "a line cannot be read");
        return (values[0] & 1) != 0;
    }

    /// <summary>Hands over the edges that wait, without waiting for one.</summary>
    public static void TakeEdges(SafeFileHandle line, int pin, Action<KernelEdge> take)
    {
        Span<byte> events = stackalloc byte[EventsPerRead * EventBytes];
        var polled = new PollFd { Events = PollIn };
        var isOurs = false;
        try
        {
            line.DangerousAddRef(ref isOurs);
            polled.Handle = (int)line.DangerousGetHandle();

            // Edges may come faster than they are taken; what is more waits for the next time.
            for (var taken = 0; taken < EdgesKept && Poll(ref polled, 1, 0) > 0;)
            {
                var count = (int)Read(polled.Handle, ref events[0], (nuint)events.Length);
                if (count < EventBytes)
                {
                    throw Failure($"edges of line {pin} cannot be read");
                }

                for (var at = 0; at < count; at += EventBytes, taken++)
                {
                    take(ToEdge(events.Slice(at, EventBytes), pin));
                }
            }
        }
        finally
        {
            if (isOurs)
            {
                line.DangerousRelease();
            }
        }
    }

    private static KernelEdge ToEdge(ReadOnlySpan<byte> record, int pin) => new(
        BinaryPrimitives.ReadUInt32LittleEndian(record[EventId..]) == RisingEdge
            ? PinEventTypes.Rising
            : PinEventTypes.Falling,
        pin, BinaryPrimitives.ReadInt64LittleEndian(record),
        BinaryPrimitives.ReadUInt32LittleEndian(record[EventLineSequence..]));

    private static void Control(
        SafeFileHandle handle, nuint request, Span<byte> argument, string problem)
    {
        if (Ioctl(handle, request, ref argument[0]) < 0)
        {
            throw Failure(problem);
        }
    }

    private static IOException Failure(string problem) =>
        new($"{problem}: {Marshal.GetLastPInvokeErrorMessage()}");

    [DllImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Ioctl(SafeFileHandle handle, nuint request, ref byte argument);

    [DllImport("libc", EntryPoint = "poll", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Poll(ref PollFd handles, nuint count, int milliseconds);

    [DllImport("libc", EntryPoint = "read", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Read(int handle, ref byte bytes, nuint count);

    private struct PollFd
    {
        public int Handle;
        public short Events;
        public short Returned;
    }
}
