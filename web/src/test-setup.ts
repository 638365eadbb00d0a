import './styles/index.css'

// React's development build writes each render into the browser's profiler, with all that changed in its props: of 10,000 messages that is most
// of a test's time. Without this function it does not.
Reflect.deleteProperty(console, 'timeStamp')
