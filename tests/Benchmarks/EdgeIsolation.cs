using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Monitoring.Agent;
using Monitoring.Agent.Devices;
using Monitoring.Agent.Drivers.Modbus;
using Monitoring.Agent.Sampling;
using Monitoring.Agent.Sites;
using Monitoring.Wire.Records;

namespace Monitoring.Benchmarks;

/// <summary>
/// Twenty units behind one gateway, each answering after ten milliseconds and read once a second
/// with the standard timeout of a second; then five of them fall silent. How many images of the
/// other fifteen are good and in time, against before: in the minute in which the five die, and
/// in the one after it.
/// </summary>
internal static class EdgeIsolation
{
    private const int Units = 20;
    private const int Dead = 5;

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(10);

    public static IEnumerable<Figure> Run()
    {
        using var gateway = new TcpListener(IPAddress.Loopback, 0);
        gateway.Start();
        using var areDead = new ManualResetEventSlim();
        new Thread(() => Serve(gateway, areDead)) { IsBackground = true }.Start();

        var time = TimeProvider.System;
        var port = ((IPEndPoint)gateway.LocalEndpoint).Port;
        var site = new SiteLink.Tcp("bus", "127.0.0.1", port, false, TimeSpan.FromSeconds(1));
        var good = 0;
        var link = new ModbusDeviceLink(
            site, ModbusExchange.Over(site, time), Log.Silent(time), time);
        using var loop = new LinkLoop(
            site, link, [.. Enumerable.Range(1, Units).Select(Device)],
            new Dictionary<string, DateTimeOffset>(),
            sampled =>
            {
                var isGood = sampled.Device.Address > Dead && !sampled.IsOverrun
                    && sampled.Sample.Readings[0].Quality == Quality.Good;
                Interlocked.Add(ref good, isGood ? 1 : 0);
            },
            time);
        var threads = new LinkThreads(time);
        threads.Add(loop);
        Wait(TimeSpan.FromSeconds(3));
        int Count()
        {
            Interlocked.Exchange(ref good, 0);
            Wait(Minute);
            return good;
        }

        var before = Count();
        areDead.Set();
        var (first, later) = (Count(), Count());
        threads.End(loop, TimeSpan.Zero);
        loop.Ended.Wait();
        threads.Close();
        return
        [
            new Figure("edge.isolation", (double)later / before, "x"),
            new Figure("edge.isolation.first", (double)first / before, "x"),
            new Figure("edge.isolation.rate", before / Minute.TotalSeconds, "images/s"),
        ];
    }

    private static SiteDevice Device(int unit) => new(
        $"unit-{unit}",
        new DeviceMap
        {
            Id = "bench",
            Title = "bench",
            Source = "benchmark",
            Protocol = DeviceProtocol.Modbus,
            Points =
            [
                new DevicePoint
                {
                    Id = "p",
                    Quantity = "x",
                    Unit = "1",
                    Source = new PointSource.Registers(RegisterTable.Holding, 0, RegisterType.U16),
                },
            ],
            StatusRules = [],
            SequencePoint = null,
        },
        "bus", unit)
    {
        Every = TimeSpan.FromSeconds(1),
    };

    private static void Serve(TcpListener gateway, ManualResetEventSlim areDead)
    {
        try
        {
            while (true)
            {
                using var socket = gateway.AcceptSocket();
                socket.NoDelay = true;
                ServeUntilClosed(socket, areDead);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The measurement is over.
        }
    }

    private static void ServeUntilClosed(Socket socket, ManualResetEventSlim areDead)
    {
        try
        {
            Serve(socket, areDead);
        }
        catch (SocketException)
        {
            // The agent has opened another connection.
        }
    }

    private static void Serve(Socket socket, ManualResetEventSlim areDead)
    {
        var request = new byte[12];
        while (socket.Receive(request) == request.Length)
        {
            if (areDead.IsSet && request[6] <= Dead)
            {
                continue;
            }

            Wait(Delay);
            byte[] answer = [.. request.AsSpan(0, 8), 2, 0, 1];
            BinaryPrimitives.WriteUInt16BigEndian(answer.AsSpan(4), 5);
            socket.Send(answer);
        }
    }

    private static void Wait(TimeSpan time)
    {
        using var never = new ManualResetEventSlim();
        never.Wait(time);
    }
}
